#include "runner/delivery_steps.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"

namespace tollgate::journeys {
namespace {

bool is_quoted(std::string_view word) { return word.starts_with('"'); }

std::string plain(std::string_view word) {
  return std::string(is_quoted(word) ? word.substr(1) : word);
}

/// "all.rework.rate"; a number is a place in a list.
const doc::Node* member_at(const doc::Node& node, std::string_view path) {
  const doc::Node* at = &node;
  for (const std::string_view part : split(path, '.')) {
    if (at == nullptr) return nullptr;
    if (at->is_array()) {
      const auto index = parse_integer(part);
      const bool is_there = index && static_cast<size_t>(*index) < at->items().size();
      at = is_there ? &at->items()[static_cast<size_t>(*index)] : nullptr;
    } else {
      at = at->is_object() ? at->find(part) : nullptr;
    }
  }
  return at;
}

Result<void> expect_paths(const Step& step, const doc::Node& answer) {
  for (size_t i = 0; i + 1 < step.expected.size(); i += 2) {
    const doc::Node* found = member_at(answer, step.expected[i]);
    const std::string text = found == nullptr ? "nothing" : doc::compact_json(*found);
    const std::string& wanted = step.expected[i + 1];
    const bool holds = is_quoted(wanted) ? text.find(plain(wanted)) != std::string::npos
                                         : text == wanted || text == "\"" + wanted + "\"";
    if (!holds) {
      return fail(codes::syntax, "{} is {}, not {}: {}", step.expected[i], text, wanted,
                  doc::compact_json(answer));
    }
  }
  return {};
}

}  // namespace

Result<void> dora_step(World& world, const Step& step) {
  render::DoraQuery query{.service = std::string(step.option("service")),
                          .team = std::string(step.option("team")),
                          .environment = std::string(step.option("environment")),
                          .by = delivery::parse_period_length(step.option("by")),
                          .zone = std::string(step.option("zone"))};
  if (!step.option("year").empty()) {
    TOLLGATE_TRY(query.year, parse_integer(step.option("year")));
  }
  TOLLGATE_TRY(const doc::Node answer, world.dora(query));
  return expect_paths(step, answer);
}

Result<void> recommend_step(World& world, const Step& step) {
  TOLLGATE_TRY(const doc::Node answer,
               world.recommend({.service = step.words.at(0),
                                .environment = std::string(step.option("in")),
                                .figure = plain(step.words.at(1))}));
  return expect_paths(step, answer);
}

Result<void> days_step(World& world, const Step& step) {
  TOLLGATE_TRY(const doc::Node answer, world.calendar_days(step.words.at(0), step.option("zone")));
  for (const doc::Node& day : answer.find("days")->items()) {
    if (day.text_or("date") != step.words.at(1)) continue;
    const std::string text = doc::compact_json(day);
    if (day.text_or("state") != step.expected.at(0))
      return fail(codes::syntax, "the day is {}", text);
    for (size_t i = 1; i < step.expected.size(); ++i) {
      if (text.find(plain(step.expected[i])) == std::string::npos)
        return fail(codes::syntax, "expected {} in {}", plain(step.expected[i]), text);
    }
    return {};
  }
  return fail(codes::syntax, "{} is not among the next 90 days", step.words.at(1));
}

}  // namespace tollgate::journeys
