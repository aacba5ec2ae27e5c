// A whole server in memory with the starter policy at hand, a client to ask it, and a check of
// answers against the API's own description.
#pragma once

#include "app/api/api.hpp"
#include "app/api/route.hpp"
#include "app/wiring/signal_intake.hpp"
#include "edge/intake/snappy_block.hpp"
#include "edge/net/http_client.hpp"
#include "edge/net/http_server.hpp"
#include "edge/store/memory_store.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"
#include "foundation/doc/yaml.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

namespace tollgate::api::testing {

class TestClock final : public engine::Clock {
 public:
  Time now() override { return {now_ms_.fetch_add(1)}; }

 private:
  std::atomic<int64_t> now_ms_{1'772'445'600'000};
};

/// Every SLO has had the same traffic.
class TestSignals final : public engine::SignalSource {
 public:
  std::string_view name() const override { return "test"; }
  model::Reading read(const engine::ReadingRequest& request) override {
    model::Reading reading;
    reading.slo = request.objective->slo;
    reading.environment = request.environment;
    reading.window = request.span.to - request.span.from;
    reading.from = request.span.from;
    reading.to = request.span.to;
    reading.bad = bad.load();
    reading.good = 1'000'000 - reading.bad;
    reading.total = 1'000'000;
    const int64_t each = weight.load();
    if (each > 1) reading.squares = {.good = reading.good * each, .bad = reading.bad * each};
    if (is_bad_in_maintenance_only && request.care == engine::Care::bare) {
      reading.good = 0;
      reading.total = reading.bad;
    }
    reading.source = "test";
    reading.watermark = request.as_of;
    reading.fetched_at = request.as_of;
    return reading;
  }
  std::atomic<int64_t> bad = 100;
  std::atomic<int64_t> weight = 1;  // of each event; above 1 they were sampled
  bool is_bad_in_maintenance_only = false;
};

class TestZones final : public engine::ZoneTable {
 public:
  Result<calendar::Zone> zone(const std::string&) override { return calendar::Zone{}; }
};

class ApiTest : public ::testing::Test {
 protected:
  explicit ApiTest(const intake::ServiceLimits& limits = {},
                   const intake::Decoders& decoders = wiring::decoders()) {
    char name[] = "/tmp/tollgate-api-XXXXXX";
    directory_ = ::mkdtemp(name);
    tokens_ = identity::TokenFile::open(directory_ + "/tokens.json").value();
    engine_ =
        engine::Engine::open({.store = *store_,
                              .checkpoints = *checkpoints_,
                              .signer = ledger::NoteSigner::generate("test.example/log").value(),
                              .blobs = *blobs_,
                              .signals = signals_,
                              .zones = zones_,
                              .clock = clock_},
                             {})
            .value();
    intake_ = intake::Service::open({.cells = *cells_,
                                     .clock = clock_,
                                     .folder = intake::open_journal_folder(directory_ + "/signals"),
                                     .decoders = decoders,
                                     .next_plan = [this] { return plan_; }},
                                    limits, true)
                  .value();
    api_ = std::make_unique<Api>(Parts{.engine = *engine_,
                                       .tokens = tokens_.get(),
                                       .intake = intake_.get(),
                                       .cells = cells_.get()},
                                 ApiOptions{.version = "test"});
    server_ =
        net::Server::listen({.port = 0, .stop_timeout = seconds(1)}, [this](
                                                                         net::Request& request,
                                                                         net::Responder responder) {
          api_->handle(request, std::move(responder));
        }).value();
    api_->set_server(server_.get());
    io_ = std::thread([this] { server_->run(); });
  }
  ~ApiTest() override {
    api_->stop();
    server_->stop();
    io_.join();
    EXPECT_TRUE(intake_->close());
    api_.reset();
    intake_.reset();
    engine_.reset();
    std::filesystem::remove_all(directory_);
  }

  using Headers = std::vector<std::pair<std::string, std::string>>;
  engine::HttpResponse ask(std::string method, const std::string& path, std::string body = {},
                           Headers headers = {}) {
    if (!body.empty() && headers.empty()) headers.emplace_back("Content-Type", "application/json");
    auto answer = client_->send({.method = std::move(method),
                                 .url = fmt::format("http://127.0.0.1:{}{}", server_->port(), path),
                                 .headers = std::move(headers),
                                 .body = std::move(body)});
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().text());
    return answer.value_or(engine::HttpResponse{});
  }
  engine::HttpResponse get(const std::string& path, Headers headers = {}) {
    return ask("GET", path, {}, std::move(headers));
  }
  static std::string header(const engine::HttpResponse& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return {};
  }
  static doc::Node json(const engine::HttpResponse& response) {
    return doc::parse_json(response.body).value_or(doc::Node());
  }

  /// The body of a plan or apply call with the starter policy.
  static std::string starter_body() {
    doc::Node files = doc::Node::array();
    for (const auto& entry :
         std::filesystem::directory_iterator(TOLLGATE_SOURCE_DIR "/share/starter")) {
      if (entry.path().extension() != ".yaml") continue;
      std::ifstream stream(entry.path());
      files.push(doc::Node::object({{"file", entry.path().filename().string()},
                                    {"text", std::string((std::istreambuf_iterator<char>(stream)),
                                                         std::istreambuf_iterator<char>())}}));
    }
    return doc::compact_json(doc::Node::object({{"files", std::move(files)}, {"reason", "start"}}));
  }
  engine::HttpResponse apply_starter() {
    return ask("POST", "/v1/policy/apply", starter_body(),
               {{"Content-Type", "application/json"}, {"If-Match", "*"}});
  }
  engine::HttpResponse gate(const std::string& version, Headers more = {}) {
    more.emplace_back("Content-Type", "application/json");
    return ask("POST", "/v1/gates",
               R"({"service":"checkout","environment":"production","version":")" + version + "\"}",
               more);
  }

  std::string directory_;
  TestClock clock_;
  TestSignals signals_;
  TestZones zones_;
  std::unique_ptr<engine::LedgerStore> store_ = store::make_memory_ledger();
  std::unique_ptr<engine::CheckpointStore> checkpoints_ = store::make_memory_checkpoint();
  std::unique_ptr<engine::BlobStore> blobs_ = store::make_memory_blobs();
  std::unique_ptr<identity::TokenFile> tokens_;
  std::unique_ptr<cells::CellStore> cells_ = cells::CellStore::open(":memory:").value();
  std::shared_ptr<const intake::Plan> plan_;  // set it before the first push
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<intake::Service> intake_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<net::Server> server_;
  std::thread io_;
  std::unique_ptr<engine::HttpClient> client_ = net::make_http_client();
};

/// Checks values against the JSON Schemas of openapi.yaml: type, enum, required, properties, items,
/// allOf, $ref.
class Schemas {
 public:
  Schemas() : root_(doc::parse_yaml(openapi_text(), "openapi.yaml").value().front()) {}
  const doc::Node& root() const { return root_; }

  const doc::Node& resolved(const doc::Node& node) const {
    const std::string_view reference = node.text_or("$ref");
    if (reference.empty()) return node;
    const doc::Node* found = &root_;
    for (const std::string_view part : split(reference.substr(2), '/')) found = found->find(part);
    return *found;
  }
  /// The schema of the answer of an operation, or null.
  const doc::Node* answer_schema(std::string_view path, std::string_view method, int status) const {
    const doc::Node* responses =
        root_.find("paths")->find(path)->find(lower_case(method))->find("responses");
    const doc::Node* response = responses->find(std::to_string(status));
    if (response == nullptr) response = responses->find("default");
    if (response == nullptr) return nullptr;
    const doc::Node* content = resolved(*response).find("content");
    if (content == nullptr || content->members().empty()) return nullptr;
    return content->members().front().value.find("schema");
  }
  /// What does not fit, with its place; empty if all does.
  std::string misfit(const doc::Node& schema_or_reference, const doc::Node& value,
                     const std::string& at = "") const {
    const doc::Node& schema = resolved(schema_or_reference);
    if (const doc::Node* type = schema.find("type"); type != nullptr && !has_type(*type, value)) {
      return fmt::format("{}: is {}, not {}", at, doc::type_name(value.type()),
                         doc::compact_json(*type));
    }
    if (const doc::Node* names = schema.find("enum"); names != nullptr) {
      const auto& list = names->items();
      if (std::find(list.begin(), list.end(), value) == list.end()) return at + ": not in the enum";
    }
    if (const doc::Node* required = schema.find("required"); required != nullptr) {
      for (const doc::Node& name : required->items()) {
        if (value.find(name.as_text()) == nullptr)
          return fmt::format("{}: {} is missing", at, name.as_text());
      }
    }
    if (const doc::Node* properties = schema.find("properties");
        properties != nullptr && value.is_object()) {
      for (const doc::Member& member : value.members()) {
        const doc::Node* property = properties->find(member.key);
        if (property == nullptr) continue;
        if (std::string found = misfit(*property, member.value, at + "/" + member.key);
            !found.empty())
          return found;
      }
    }
    if (const doc::Node* parts = schema.find("allOf"); parts != nullptr) {
      for (const doc::Node& part : parts->items()) {
        if (std::string found = misfit(part, value, at); !found.empty()) return found;
      }
    }
    if (const doc::Node* items = schema.find("items"); items != nullptr && value.is_array()) {
      for (const doc::Node& item : value.items()) {
        if (std::string found = misfit(*items, item, at + "/-"); !found.empty()) return found;
      }
    }
    return {};
  }
  /// The first member of `value` that the schema does not name, with its place; empty if all are.
  std::string unnamed(const doc::Node& schema_or_reference, const doc::Node& value,
                      const std::string& at = "") const {
    const doc::Node& schema = resolved(schema_or_reference);
    const doc::Node* items = schema.find("items");
    for (size_t i = 0; value.is_array() && items != nullptr && i < value.items().size(); ++i) {
      if (std::string found = unnamed(*items, value.items()[i], at + "/-"); !found.empty())
        return found;
    }
    for (size_t i = 0; value.is_object() && i < value.members().size(); ++i) {
      const doc::Member& member = value.members()[i];
      const doc::Node* property = property_of(schema, member.key);
      if (property == nullptr) return at + "/" + member.key;
      if (std::string found = unnamed(*property, member.value, at + "/" + member.key);
          !found.empty())
        return found;
    }
    return {};
  }

 private:
  const doc::Node* property_of(const doc::Node& schema_or_reference, std::string_view name) const {
    const doc::Node& schema = resolved(schema_or_reference);
    const doc::Node* properties = schema.find("properties");
    const doc::Node* property = properties == nullptr ? nullptr : properties->find(name);
    const doc::Node* parts = schema.find("allOf");
    for (size_t i = 0; property == nullptr && parts != nullptr && i < parts->items().size(); ++i)
      property = property_of(parts->items()[i], name);
    return property;
  }
  static bool has_type(const doc::Node& type, const doc::Node& value) {
    if (type.is_array()) {
      return std::any_of(type.items().begin(), type.items().end(),
                         [&](const doc::Node& one) { return has_type(one, value); });
    }
    const std::string_view name = type.as_text();
    return (name == "object" && value.is_object()) || (name == "array" && value.is_array()) ||
           (name == "string" && value.is_text()) || (name == "integer" && value.is_integer()) ||
           (name == "number" && value.is_number()) || (name == "boolean" && value.is_boolean()) ||
           (name == "null" && value.is_null());
  }
  doc::Node root_;
};

}  // namespace tollgate::api::testing
