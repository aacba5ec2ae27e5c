// The ledger: head, entries, proofs, checkpoint, export, replay.
#include "app/api/route.hpp"
#include "app/render/answers.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <cstdio>

namespace tollgate::api {
namespace {

constexpr int64_t kEntriesMax = 500;
constexpr size_t kExportChunk = 64 * 1024;

Result<net::Response> head(Call& call) {
  return json_response(render::head_json(call.engine().ledger()));
}

/// {entries: [leaf, ...], next}: the leaves stand there byte for byte, each on a line of its own.
Result<net::Response> entries(Call& call) {
  TOLLGATE_TRY(const int64_t from, call.number("from", 0, 0, INT64_MAX));
  TOLLGATE_TRY(const int64_t limit, call.number("limit", kEntriesMax, 1, kEntriesMax));
  std::string body = "{\"entries\":[";
  int64_t count = 0;
  TOLLGATE_CHECK(call.engine().ledger().read(from, limit,
                                             [&](const engine::StoredLeaf& stored) -> Result<void> {
                                               body += count++ == 0 ? "\n" : ",\n";
                                               body += stored.leaf;
                                               return {};
                                             }));
  const bool has_more = from + count < call.engine().ledger().head().size;
  body += fmt::format("\n],\"next\":{}}}", has_more ? std::to_string(from + count) : "null");
  net::Response response{.body = std::move(body)};
  if (has_more) {
    response.headers.push_back(
        {"Link",
         fmt::format("</v1/ledger/entries?from={}&limit={}>; rel=\"next\"", from + count, limit)});
  }
  return response;
}

Result<net::Response> proof(Call& call) {
  TOLLGATE_TRY(const int64_t position, parse_integer(call.captures[0]));
  TOLLGATE_TRY(const ledger::InclusionProof proof, call.engine().ledger().prove(position));
  if (call.request.header("accept") != "text/plain")
    return json_response(render::proof_json(proof));
  return net::Response{.content_type = "text/plain; charset=utf-8",
                       .body = ledger::proof_text(proof)};
}

Result<net::Response> checkpoint(Call& call) {
  TOLLGATE_TRY(std::string note, call.engine().ledger().sign());
  return net::Response{.content_type = "text/plain; charset=utf-8", .body = std::move(note)};
}

/// Written aside first, so that a slow client holds neither the ledger nor memory.
Result<net::Response> export_all(Call& call) {
  const std::shared_ptr<FILE> file(std::tmpfile(), [](FILE* open) {
    if (open != nullptr) std::fclose(open);
  });
  if (file == nullptr)
    return fail(codes::io_failed, "the export needs a temporary file, which cannot be made");
  TOLLGATE_CHECK(call.engine().ledger().export_to([&](std::string_view bytes) -> Result<void> {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file.get()) == bytes.size()) return {};
    return fail(codes::disk_full, "the temporary file of the export cannot be written");
  }));
  std::rewind(file.get());
  return net::Response{
      .content_type = "application/jsonl",
      .headers = {{"Content-Disposition", "attachment; filename=\"ledger.jsonl\""}},
      .next_chunk = [file] {
        std::string chunk(kExportChunk, '\0');
        chunk.resize(std::fread(chunk.data(), 1, chunk.size(), file.get()));
        return chunk;
      }};
}

Result<net::Response> replay(Call& call) {
  TOLLGATE_TRY(const engine::ReplayReport report, call.engine().replay());
  return json_response(render::replay_json(report));
}

constexpr std::array kRoutes = {
    RouteDef{.method = "GET", .path = "/v1/ledger/checkpoint", .answer = checkpoint},
    RouteDef{.method = "GET", .path = "/v1/ledger/entries", .answer = entries},
    RouteDef{.method = "GET", .path = "/v1/ledger/export", .answer = export_all},
    RouteDef{.method = "GET", .path = "/v1/ledger/head", .answer = head},
    RouteDef{.method = "GET", .path = "/v1/ledger/proof/{position}", .answer = proof},
    RouteDef{.method = "GET", .path = "/v1/ledger/replay", .answer = replay},
};

}  // namespace

const std::span<const RouteDef> kLedgerRoutes = kRoutes;

}  // namespace tollgate::api
