#include "engine/outbox/outbox.hpp"

#include "domain/model/kinds/integration.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/log.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <chrono>

namespace tollgate::engine {
namespace {

/// In front of the name of an Integration that is to be told.
constexpr std::string_view kIntegrationPrefix = "integration/";

/// The project of the first rule that names one for the service; empty if none does.
std::string project_of(const model::Integration& integration, std::string_view service) {
  for (const model::IntegrationRule& rule : integration.rules) {
    if (rule.service == service && rule.project.find('*') == std::string::npos) return rule.project;
  }
  return {};
}

/// How often the thread looks for what became due by time alone.
constexpr std::chrono::seconds kLookEvery{1};

}  // namespace

Duration retry_wait(const OutboxLimits& limits, int64_t attempts, int64_t effect) {
  Duration wait = limits.first_wait;
  for (int64_t i = 1; i < attempts && wait < limits.longest_wait; ++i) wait = wait * 2;
  wait = std::min(wait, limits.longest_wait);
  constexpr int64_t kSpread = 97;  // a prime, so that neighbours differ
  return wait + milliseconds(wait.ms / 5 * (effect * 31 % kSpread) / kSpread);
}

void Outbox::start() {
  thread_.start("outbox", kLookEvery, [this] { run_due(); });
}
void Outbox::stop() { thread_.stop(); }
void Outbox::wake() { thread_.wake(); }

size_t Outbox::run_due() {
  size_t tried = 0;
  const std::vector<PendingEffect> pending = writer_.views().pending_effects();
  std::erase_if(attempts_, [&pending](const auto& entry) {
    return std::none_of(pending.begin(), pending.end(), [&entry](const PendingEffect& effect) {
      return effect.position == entry.first;
    });
  });
  for (const PendingEffect& effect : pending) {
    if (thread_.is_stopping()) break;
    Attempts& attempts = attempts_[effect.position];
    if (attempts.next > clock_.now()) continue;
    if (attempts.end) {
      // The end was not durable yet, or was refused; asking again is harmless, doing it again is
      // not.
      attempts.next = clock_.now() + limits_.first_wait;
      record_end(effect, *attempts.end);
      continue;
    }
    // Not an attempt of this effect: its turn comes once the target answers again.
    if (is_held_back(effect.request.target)) continue;
    attempt(effect);
    ++tried;
  }
  repeat_incidents();
  return tried;
}

void Outbox::attempt(const PendingEffect& effect) {
  Attempts& attempts = attempts_[effect.position];
  ++attempts.count;
  attempts.next = clock_.now() + retry_wait(limits_, attempts.count, effect.position);
  const Result<Notification> message =
      effect.request.target.starts_with(kIntegrationPrefix)
          ? answer(effect)
          : notification(effect.request.target, effect.request.cause, effect.position);
  const Result<void> delivered =
      message ? deliverer_.deliver(*message) : tl::unexpected<Error>(message.error());
  note(effect.request.target, delivered);
  if (delivered) return end(effect, model::EffectResult::done, "");
  const bool is_hopeless = delivered.error().code == codes::bad_value ||
                           clock_.now() - effect.since > limits_.give_up_after;
  log::warn("telling {} about record {} failed (attempt {}): {}", effect.request.target,
            effect.request.cause, attempts.count, delivered.error().text());
  if (is_hopeless) end(effect, model::EffectResult::gave_up, delivered.error().message);
}

bool Outbox::is_held_back(const std::string& target) const {
  const std::lock_guard lock(health_mutex_);
  const auto found = health_.find(target);
  return found != health_.end() && found->second.held_until > clock_.now();
}

void Outbox::note(const std::string& target, const Result<void>& delivered) {
  const std::lock_guard lock(health_mutex_);
  if (delivered) {
    health_.erase(target);
    return;
  }
  TargetHealth& health = health_[target];
  health.target = target;
  ++health.failures;
  health.last_failure = clock_.now();
  health.last_error = delivered.error().message;
  // What is wrong with one message says nothing about the target.
  const bool is_endpoint = delivered.error().code != codes::bad_value;
  const int64_t beyond = health.failures - kFailuresHeldBack;
  if (is_endpoint && beyond >= 0)
    health.held_until = clock_.now() + retry_wait(limits_, beyond + 1, health.failures);
}

std::map<std::string, TargetHealth> Outbox::health() const {
  const std::lock_guard lock(health_mutex_);
  return health_;
}

void Outbox::repeat_incidents() {
  std::map<std::pair<int64_t, std::string>, Time> going_on;
  for (const Incident& incident : writer_.views().open_incidents()) {
    for (const std::string& target : incident.told) {
      if (thread_.is_stopping()) return;
      const Result<Notification> message =
          notification(target, incident.position, incident.position);
      const Duration every = message ? deliverer_.repeat_every(*message) : Duration{};
      if (every.ms <= 0) continue;
      const auto key = std::pair(incident.position, target);
      const auto seen = repeats_.find(key);
      Time due = seen == repeats_.end() ? clock_.now() : seen->second;
      if (due <= clock_.now()) {
        due = clock_.now() + every;
        if (const Result<void> told = deliverer_.deliver(*message); !told)
          log::warn("telling {} again failed: {}", target, told.error().text());
      }
      going_on[key] = due;
    }
  }
  repeats_ = std::move(going_on);
}

Result<void> Outbox::test(std::string_view name) {
  const auto policy = writer_.views().policy();
  std::vector<std::string> names;
  for (const model::Resource* target : policy->bundle().of_kind("AlertNotificationTarget")) {
    names.push_back(target->metadata.name);
    if (target->metadata.name != name) continue;
    return deliverer_.deliver({.id = fmt::format("test-{}-{}", name, clock_.now().ms),
                               .target = target->metadata.name,
                               .target_type = target->as<model::AlertNotificationTarget>()->target,
                               .annotations = target->metadata.annotations,
                               .type = std::string(kTestType),
                               .subject = "target/" + target->metadata.name,
                               .time = clock_.now(),
                               .leaf = {}});
  }
  return fail(codes::unknown_name, "there is no AlertNotificationTarget \"{}\"{}", name,
              did_you_mean(name, names));
}

Result<Notification> Outbox::notification(const std::string& name, int64_t cause,
                                          int64_t effect) const {
  const auto policy = writer_.views().policy();
  const model::Resource* target = policy->bundle().find("AlertNotificationTarget", name);
  if (target == nullptr)
    return fail(codes::bad_value, "there is no AlertNotificationTarget \"{}\"", name);
  TOLLGATE_TRY(std::string leaf, ledger_.leaf(cause));
  TOLLGATE_TRY(const model::Event event, model::decode_event(leaf));
  return Notification{.id = fmt::format("{}-{}", ledger_.key().text().substr(0, 40), effect),
                      .target = name,
                      .target_type = target->as<model::AlertNotificationTarget>()->target,
                      .annotations = target->metadata.annotations,
                      .type = std::string(model::event_type(event.data)),
                      .subject = event.subject,
                      .time = event.time,
                      .leaf = std::move(leaf)};
}

Result<Notification> Outbox::answer(const PendingEffect& effect) const {
  const std::string& target = effect.request.target;
  const auto policy = writer_.views().policy();
  const model::Resource* resource =
      policy->bundle().find("Integration", target.substr(kIntegrationPrefix.size()));
  if (resource == nullptr) return fail(codes::bad_value, "there is no {}", target);
  const auto* integration = resource->as<model::Integration>();
  std::map<std::string, std::string> how;
  if (effect.request.question) {
    TOLLGATE_TRY(const std::string asked, ledger_.leaf(*effect.request.question));
    TOLLGATE_TRY(const model::Event question, model::decode_event(asked));
    if (const auto* received = std::get_if<model::QuestionReceived>(&question.data))
      how = received->answer;
  } else {
    how = {{"form", "github-commit-status"}};
  }
  if (!how.contains("form"))
    return fail(codes::bad_value, "record {} waits for no answer", *effect.request.question);
  TOLLGATE_TRY(std::string leaf, ledger_.leaf(effect.request.cause));
  TOLLGATE_TRY(const model::Event event, model::decode_event(leaf));
  Notification answer{
      .id = fmt::format("{}-{}", ledger_.key().text().substr(0, 40), effect.position),
      .target = target,
      .target_type = how.at("form"),
      .annotations = {},
      .type = std::string(model::event_type(event.data)),
      .subject = event.subject,
      .time = event.time,
      .leaf = std::move(leaf)};
  if (const auto* given = std::get_if<model::VerdictGiven>(&event.data))
    how.try_emplace("project", project_of(*integration, given->verdict.request.service));
  for (const auto& [name, value] : how) answer.annotations["answer/" + name] = value;
  if (integration->api) {
    answer.annotations["tollgate.dev/url"] = integration->api->url;
    answer.annotations["tollgate.dev/token"] = integration->api->token;
    answer.annotations["tollgate.dev/user"] = integration->api->user;
    answer.annotations["tollgate.dev/app-id"] = integration->api->app_id;
    answer.annotations["tollgate.dev/private-key"] = integration->api->private_key;
  }
  return answer;
}

void Outbox::end(const PendingEffect& effect, model::EffectResult result, std::string detail) {
  Attempts& attempts = attempts_[effect.position];
  attempts.next = clock_.now() + limits_.first_wait;
  attempts.end = {.requested = effect.position,
                  .result = result,
                  .attempts = attempts.count,
                  .detail = std::move(detail)};
  record_end(effect, *attempts.end);
}

void Outbox::record_end(const PendingEffect& effect, const model::EffectEnded& ended) {
  Command command{
      .actor = {.subject = "tollgate", .issuer = "local"},
      .subject = "target/" + effect.request.target,
      // The key makes a second end of one effect impossible, whatever crashes in between.
      .idempotency_key = fmt::format("effect-{}", effect.position),
      .request_digest = sha256(fmt::format("effect-{}", effect.position))};
  command.decide = [ended](const State&, Time) -> Result<Decision> {
    return Decision{.data = ended};
  };
  writer_.submit(std::move(command));
}

}  // namespace tollgate::engine
