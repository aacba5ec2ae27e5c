#include "runner/play_sources.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"

#include <algorithm>

namespace tollgate::journeys {
namespace {

std::string plain(std::string_view word) {
  return std::string(!word.empty() && word.front() == '"' ? word.substr(1) : word);
}

/// Whether a text stands in the answer; NAME:VALUE without quotes is a member of whatever object.
bool has(const std::string& text, const std::string& word) {
  const size_t colon = word.find(':');
  if (word.empty() || word.front() == '"' || colon == std::string::npos)
    return text.find(plain(word)) != std::string::npos;
  const std::string name = word.substr(0, colon);
  const std::string value = word.substr(colon + 1);
  for (const std::string& written : {value, '"' + value + '"'}) {
    for (const char end : {',', '}'}) {
      if (text.find(fmt::format("\"{}\":{}{}", name, written, end)) != std::string::npos)
        return true;
    }
  }
  return false;
}

/// The first expected word is `found`; all others stand somewhere in the answer.
Result<void> expect(const Step& step, std::string_view found, const doc::Node& answer,
                    size_t first_text = 1) {
  const std::string text = doc::compact_json(answer);
  if (plain(step.expected.at(0)) != found)
    return fail(codes::syntax, "it is {}, not {}: {}", found, step.expected[0], text);
  for (size_t i = first_text; i < step.expected.size(); ++i) {
    if (!has(text, step.expected[i]))
      return fail(codes::syntax, "expected {} in {}", step.expected[i], text);
  }
  return {};
}

Result<void> expect_recorded(const Step& step, const Result<doc::Node>& answer) {
  const bool wants_error = step.expected.at(0) == "error";
  if (answer && wants_error)
    return fail(codes::syntax, "expected an error, got {}", doc::compact_json(*answer));
  if (!answer && !wants_error) return tl::unexpected(answer.error());
  if (answer) return expect(step, "recorded", *answer);
  for (size_t i = 1; i < step.expected.size(); ++i) {
    if (answer.error().text().find(plain(step.expected[i])) == std::string::npos)
      return fail(codes::syntax, "expected {} in: {}", step.expected[i], answer.error().text());
  }
  return {};
}

int64_t size_of(const doc::Node& answer, std::string_view key) {
  const doc::Node* list = answer.find(key);
  return list == nullptr || !list->is_array() ? -1 : static_cast<int64_t>(list->items().size());
}

}  // namespace

Result<void> play_source(const Step& step, World& world) {
  TOLLGATE_TRY(const doc::Node answer, world.source(step.words.at(0)));
  std::string state(answer.text_or("state"));
  std::replace(state.begin(), state.end(), ' ', '_');
  return expect(step, state, answer);
}

Result<void> play_source_test(const Step& step, World& world) {
  TOLLGATE_TRY(const doc::Node answer, world.source_test(step.words.at(0)));
  return expect(step, answer.boolean_or("ok", false) ? "ok" : "not_ok", answer);
}

Result<void> play_series(const Step& step, World& world, Time now) {
  const std::string_view at = step.option("time");
  const Result<Time> time = at.empty() ? Result<Time>(now) : parse_time(at);
  if (!time) return tl::unexpected(time.error());
  doc::Node attributes = doc::Node::array();
  bool is_gauge = false;
  for (size_t i = 2; i < step.words.size(); ++i) {
    const std::string& word = step.words[i];
    const size_t equals = word.find('=');
    is_gauge |= word == "gauge";
    if (equals == std::string::npos) continue;
    attributes.push(doc::Node::object(
        {{"key", word.substr(0, equals)},
         {"value", doc::Node::object({{"stringValue", word.substr(equals + 1)}})}}));
  }
  const std::string point =
      fmt::format(R"({{"asInt":"{}","timeUnixNano":"{}000000","attributes":{}}})", step.words.at(1),
                  time->ms, doc::compact_json(attributes));
  const std::string form =
      is_gauge ? fmt::format(R"("gauge":{{"dataPoints":[{}]}})", point)
               : fmt::format(R"("sum":{{"aggregationTemporality":2,"isMonotonic":true,)"
                             R"("dataPoints":[{}]}})",
                             point);
  TOLLGATE_TRY(
      const doc::Node answer,
      world.otlp("metrics", fmt::format(R"({{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{{)"
                                        R"("name":"{}",{}}}]}}]}}]}})",
                                        step.words.at(0), form)));
  return expect(step, answer.find("partialSuccess") == nullptr ? "taken" : "partial", answer);
}

Result<void> play_quarantine(const Step& step, World& world) {
  model::SourceQuarantined quarantined{.source = step.words.at(0),
                                       .reason = plain(step.option("reason"))};
  if (const std::string_view until = step.option("until"); !until.empty()) {
    TOLLGATE_TRY(quarantined.until, parse_time(until));
  }
  return expect_recorded(step, world.quarantine(quarantined));
}

Result<void> play_release_source(const Step& step, World& world) {
  return expect_recorded(step, world.release_source({.source = step.words.at(0),
                                                     .reason = plain(step.option("reason"))}));
}

Result<void> play_revisions(const Step& step, World& world) {
  TOLLGATE_TRY(const doc::Node answer, world.slo_revisions(step.words.at(0)));
  const std::string found = fmt::format("late {} decisions {}", size_of(answer, "revisions"),
                                        size_of(answer, "decisions"));
  const auto& words = step.expected;
  const std::string wanted =
      fmt::format("{} {} {} {}", words.at(0), words.at(1), words.at(2), words.at(3));
  if (found != wanted)
    return fail(codes::syntax, "{}, not {}: {}", found, wanted, doc::compact_json(answer));
  return expect(step, "late", answer, 4);
}

Result<void> play_revised(const Step& step, World& world, const std::string& decision) {
  TOLLGATE_TRY(const doc::Node answer, world.decision_revisions(decision));
  return expect(step, answer.text_or("would_be"), answer);
}

Result<std::string> raw_figure(const doc::Node& budget, std::string_view name) {
  const doc::Node* raw = budget.find("raw");
  if (raw == nullptr) return std::string();
  if (name == "state") return std::string(raw->text_or("state"));
  if (name != "left") return std::to_string(raw->integer_or(name, -1));
  TOLLGATE_TRY(const int64_t ppm,
               parse_ppm(fmt::format("{:.6f}", raw->find("budget_left")->as_number())));
  return percent_text(ppm);
}

Result<void> play_alert(const Step& step, World& world) {
  TOLLGATE_TRY(const doc::Node answer, world.alerts(step.words.at(0)));
  const doc::Node* alerts = answer.find("alerts");
  if (alerts == nullptr || alerts->items().empty())
    return fail(codes::syntax, "there is no alert in {}", doc::compact_json(answer));
  const std::string policy = step.words.size() > 2 ? step.words[2] : "";
  const auto& items = alerts->items();
  const auto found = std::find_if(items.begin(), items.end(), [&policy](const doc::Node& one) {
    return policy.empty() || one.text_or("policy") == policy;
  });
  if (found == items.end())
    return fail(codes::syntax, "no alert of {} in {}", policy, doc::compact_json(answer));
  const std::string text = doc::compact_json(*found);
  const std::string& state = step.expected.at(0);
  if (found->text_or("word") != plain(state))
    return fail(codes::syntax, "the state is {}: {}", found->text_or("word"), text);
  for (size_t i = 1; i < step.expected.size(); ++i) {
    if (!has(text, step.expected[i]))
      return fail(codes::syntax, "expected {} in {}", step.expected[i], text);
  }
  return {};
}

Result<void> play_watch(const Step& step, World& world) {
  TOLLGATE_TRY(const bool is_watched, world.watch_alerts());
  if (!is_watched) return {};
  for (const std::string& slo : step.words) {
    TOLLGATE_TRY(const doc::Node answer, world.alerts(slo));
    TOLLGATE_CHECK(expect(step, answer.integer_or("on", -1) > 0 ? "on" : "off", answer));
  }
  return {};
}

}  // namespace tollgate::journeys
