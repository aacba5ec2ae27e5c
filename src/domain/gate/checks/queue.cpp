// queue@1: the release holds the lease of every queue that selects it.
#include "domain/gate/checks/support.hpp"
#include "domain/queue/board.hpp"

namespace tollgate::gate {
namespace {

struct QueueTurn {
  std::optional<std::string> queue;
  Duration retry = seconds(30);
};

}  // namespace
}  // namespace tollgate::gate

template <>
struct tollgate::reflect::Reflect<tollgate::gate::QueueTurn> {
  using QueueTurn = tollgate::gate::QueueTurn;
  static constexpr std::string_view name = "queue@1";
  static constexpr std::array fields = {
      field<&QueueTurn::queue>("queue", "Only this queue; absent: each that selects the release.",
                               {.refers_to = "Queue"}),
      field<&QueueTurn::retry>("retry", "When to ask again while it waits.",
                               {.min = 1000, .max = 86'400'000, .example = "30s"})};
};

namespace tollgate::gate {
namespace {

Result<CompiledCheck> compile(const doc::Node& with, const CheckPlace& place) {
  TOLLGATE_TRY(auto parameters, read_parameters<QueueTurn>(with));
  CompiledCheck check{.subject = place.environment.name, .parameters = nullptr, .needs = {}};
  if (parameters->queue && place.bundle.find("Queue", *parameters->queue) == nullptr) {
    return fail(codes::unknown_reference, "there is no Queue \"{}\"", *parameters->queue);
  }
  for (const model::Queue* queue :
       queue::queues_for(place.bundle, place.service, place.environment.name, place.change_class)) {
    if (parameters->queue && *parameters->queue != queue->name) continue;
    check.needs.push_back({.kind = Need::Kind::lease, .queue = queue->name});
  }
  check.parameters = std::move(parameters);
  return check;
}

// Figures: fencing token, end of the lease in ms since 1970, position of the ticket's record;
// 0 where there is none. With several queues: of the first that decides.
Finding evaluate(const void* erased, const CheckInput& input) {
  const auto& parameters = *static_cast<const QueueTurn*>(erased);
  if (input.places.empty()) {
    Finding none;
    none.state = model::CheckState::pass;
    none.reason = "no_queue";
    return none;
  }
  Finding finding;
  for (size_t i = 0; i < input.places.size(); ++i) {
    const LeaseFact* lease = input.fact(i).lease;
    if (lease == nullptr) return unknown("not_asked");
    const bool holds_lease = lease->token > 0 && lease->until > input.now;
    if (holds_lease && finding.figure_count > 0) continue;
    finding = {};
    finding.need = static_cast<int>(i);
    finding.detail = lease->queue;
    finding.with_figures(
        {holds_lease ? lease->token : 0, holds_lease ? lease->until.ms : 0, lease->ticket});
    finding.state = model::CheckState::pass;
    finding.reason = "holds_lease";
    if (holds_lease) continue;
    finding.state = model::CheckState::fail;
    finding.holds = true;
    finding.reason = lease->ticket >= 0 ? "waiting" : "not_joined";
    finding.retry_at_ms = (input.now + parameters.retry).ms;
    return finding;
  }
  return finding;
}

std::string words(const model::CheckRecord& record) {
  if (record.reason == "no_queue") return "no queue is in the way";
  if (record.figures.size() < 3) return {};
  if (record.reason == "holds_lease") {
    const std::string until = time_text(Time{record.figures[1]});
    return fmt::format("has the lease of queue {} until {} {} UTC, fencing token {}", record.detail,
                       until.substr(0, 10), until.substr(11, 5), record.figures[0]);
  }
  if (record.reason == "waiting") {
    return fmt::format("waits in queue {} with ticket q{}", record.detail, record.figures[2]);
  }
  if (record.reason == "not_joined") {
    return fmt::format("has not joined queue {}", record.detail);
  }
  return {};
}

std::vector<std::string> remedies(const model::CheckRecord& record) {
  if (record.reason == "not_joined") {
    return {fmt::format("join the queue: tollgate queue join {}", record.detail)};
  }
  if (record.reason == "waiting" && record.figures.size() >= 3) {
    return {fmt::format("wait for the lease; why it takes: tollgate queue slot q{}",
                        record.figures[2])};
  }
  return {};
}

}  // namespace

extern const CheckDef queue_v1 = {
    .name = "queue@1",
    .title = "The release has its turn",
    .doc =
        "Passes while the release (service, environment and version) holds the lease of every "
        "queue that selects it, or none does; holds while it waits or has not joined. The verdict "
        "carries the fencing token.",
    .introduced_in = "0.2.0",
    .controls = {"change-concurrency"},
    .parameters = &reflect::type_of<QueueTurn>,
    .example = "{queue: production}",
    .validate = validate_parameters<QueueTurn>,
    .compile = compile,
    .evaluate = evaluate,
    .words = words,
    .remedies = remedies,
};

}  // namespace tollgate::gate
