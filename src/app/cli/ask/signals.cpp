#include "app/cli/ask/signals.hpp"

#include "app/api/intake.hpp"
#include "app/api/otlp.hpp"
#include "app/render/answers.hpp"
#include "app/render/latency.hpp"
#include "app/wiring/signal_intake.hpp"
#include "edge/intake/counters_json.hpp"
#include "edge/otlp/gzip.hpp"
#include "edge/otlp/otlp.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/doc/json.hpp"

namespace tollgate::cli::ask {

using doc::Node;

Result<Node> import_signals(Backend& backend, const SignalFile& file) {
  if (Remote* const remote = backend.remote()) {
    const std::string slower = file.slower_than.ms > 0 ? duration_text(file.slower_than) : "";
    return remote->post("/v1/signals/import" + query_of({{"slo", file.slo},
                                                         {"environment", file.environment},
                                                         {"format", file.format},
                                                         {"bad", file.bad_status},
                                                         {"slower_than", slower}}),
                        file.bytes, file.idempotency_key, "application/octet-stream");
  }
  Local& local = backend.local();
  TOLLGATE_CHECK(local.governed_writer());
  const api::SignalUpload upload{.slo = file.slo,
                                 .environment = file.environment,
                                 .format = file.format,
                                 .bad = file.bad_status,
                                 .slower_than = file.slower_than,
                                 .bytes = file.bytes};
  TOLLGATE_TRY(const api::SignalReceipt receipt,
               local.house().import(upload, local.caller(file.idempotency_key)));
  return render::import_json(receipt.imported, receipt.position, receipt.is_duplicate);
}

Result<Node> push_counters(Backend& backend, const CounterPush& push) {
  if (Remote* const remote = backend.remote()) {
    return remote->post("/v1/counters" + query_of({{"source", push.source}}), push.body,
                        push.idempotency_key);
  }
  Local& local = backend.local();
  TOLLGATE_TRY(engine::Engine* const engine, local.governed_writer());
  TOLLGATE_TRY(
      const intake::Receipt receipt,
      local.house().intake().service().submit_and_wait(
          {.encoding = intake::Encoding::counters_json,
           .source = push.source.empty() ? local.actor().subject : push.source,
           .bytes = intake::counters_envelope(push.body, push.idempotency_key, engine->now().ms)}));
  return api::counters_json(receipt);
}

namespace {

Result<Node> push_otlp_to(Remote& remote, const OtlpPush& push) {
  const bool is_json = otlp::is_json(push.body);
  engine::HttpRequest request =
      remote.request("POST", "/v1/" + push.signal + query_of({{"source", push.source}}),
                     is_json ? "application/json" : "application/x-protobuf");
  if (otlp::is_gzip(push.body)) request.headers.emplace_back("content-encoding", "gzip");
  for (auto& [name, value] : request.headers) {
    if (name == "accept") value += ", application/problem+json";
  }
  request.body = push.body;
  return remote.json(request);
}

}  // namespace

Result<Node> push_otlp(Backend& backend, const OtlpPush& push) {
  if (Remote* const remote = backend.remote()) return push_otlp_to(*remote, push);
  Local& local = backend.local();
  TOLLGATE_CHECK(local.governed_writer());
  TOLLGATE_TRY(const otlp::Signal signal, otlp::parse_signal(push.signal));
  TOLLGATE_TRY(const intake::Receipt receipt,
               local.house().intake().service().submit_and_wait(
                   {.encoding = otlp::encoding_of(signal, otlp::is_json(push.body)),
                    .source = push.source.empty() ? local.actor().subject : push.source,
                    .bytes = push.body}));
  return doc::parse_json(api::otlp_answer(signal, true, receipt));
}

Result<Node> latency(Backend& backend, const LatencyQuery& query) {
  if (Remote* const remote = backend.remote()) {
    return remote->get("/v1/services/" + percent_encode(query.service) + "/latency" +
                       query_of({{"before", query.before},
                                 {"after", query.after},
                                 {"environment", query.environment},
                                 {"track_before", query.track_before},
                                 {"track_after", query.track_after},
                                 {"operation", query.operation}}));
  }
  TOLLGATE_TRY(const spans::CompareAnswer answer,
               backend.local().house().intake().spans().compare({.service = query.service,
                                                                 .before = query.before,
                                                                 .after = query.after,
                                                                 .environment = query.environment,
                                                                 .track_before = query.track_before,
                                                                 .track_after = query.track_after,
                                                                 .operation = query.operation}));
  return render::latency_json(answer);
}

Result<Node> operations(Backend& backend, const OperationsQuery& query) {
  if (Remote* const remote = backend.remote()) {
    return remote->get("/v1/services/" + percent_encode(query.service) + "/operations" +
                       query_of({{"version", query.version}, {"environment", query.environment}}));
  }
  const spans::SpanBook& book = backend.local().house().intake().spans();
  TOLLGATE_TRY(const auto list, book.operations(query.service, query.version, query.environment));
  return render::operations_json(query.service, list, book.versions(query.service));
}

Result<Node> slo_latency(Backend& backend, const SloLatencyQuery& query) {
  if (Remote* const remote = backend.remote()) {
    TOLLGATE_TRY(const std::string address, slo_address(query.slo));
    return remote->get("/v1/slos/" + address + "/latency" +
                       query_of({{"window", duration_text(query.window)},
                                 {"environment", query.environment},
                                 {"track", query.track},
                                 {"version", query.version},
                                 {"group", query.group},
                                 {"at", time_parameter(query.at)}}));
  }
  Local& local = backend.local();
  TOLLGATE_TRY(engine::Engine* const engine, local.governed());
  TOLLGATE_TRY(const model::Slo* const slo, engine->policy()->bundle().find_slo(query.slo));
  const Time to = query.at.value_or(engine->now());
  TOLLGATE_TRY(const stats::ExponentialHistogram latencies,
               local.house().intake().cells().latency(slo->address(),
                                                      {.environment = query.environment,
                                                       .track = query.track,
                                                       .version = query.version,
                                                       .group = query.group},
                                                      {to - query.window, to}));
  return render::slo_latency_json(slo->address(), {to - query.window, to}, latencies);
}

}  // namespace tollgate::cli::ask
