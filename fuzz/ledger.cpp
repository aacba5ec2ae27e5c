// Any bytes through everything that reads a ledger from outside: records, keys, notes, proofs,
// exported files, and the replay of their records.
#include "engine/ledger/export_file.hpp"
#include "engine/ledger/proof.hpp"
#include "engine/replay/replay.hpp"
#include "foundation/base/assert.hpp"

#include <sys/mman.h>
#include <unistd.h>

namespace {

using namespace tollgate;

void check_record(std::string_view text) {
  const Result<model::Event> event = model::decode_event(text);
  if (!event) return;
  const std::string leaf = model::encode_event(*event);
  const Result<model::Event> again = model::decode_event(leaf);
  ASSERT(again.has_value());
  ASSERT(model::encode_event(*again) == leaf);
  const Result<model::Event> outline = model::decode_event(leaf, model::EventParts::outline);
  ASSERT(outline.has_value());
  const bool is_verdict = std::holds_alternative<model::VerdictGiven>(event->data);
  ASSERT(is_verdict || model::encode_event(*outline) == leaf);
}

void check_notes(std::string_view text) {
  static const ledger::VerifierKey key{.name = "log"};
  (void)ledger::parse_verifier_key(text);
  (void)ledger::open_checkpoint(text, key);
  ASSERT(!ledger::open_note(text, key).has_value());  // nobody can sign for that key
  const Result<ledger::InclusionProof> proof = ledger::parse_proof(text);
  if (proof) ASSERT(!ledger::verify_proof(*proof, text, key).has_value());
}

void check_export(std::string_view text) {
  static const int file = memfd_create("export", 0);
  static const std::string path = fmt::format("/proc/self/fd/{}", file);
  ASSERT(ftruncate(file, 0) == 0);
  ASSERT(pwrite(file, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  ASSERT(ledger::verify_export(path, {.threads = 1}).has_value());
  engine::Replay replay;
  const auto replay_leaf = [&replay](int64_t, std::string_view leaf) { return replay.take(leaf); };
  (void)ledger::read_export(path, replay_leaf);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  check_record(text);
  check_notes(text);
  check_export(text);
  return 0;
}
