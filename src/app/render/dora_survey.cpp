#include "app/render/dora_survey.hpp"

#include "app/render/output.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"

#include <array>
#include <cmath>
#include <optional>

namespace tollgate::render {
namespace {

using doc::Node;

constexpr double kHour = 3600;
constexpr double kDay = 24 * kHour;

/// Spans up to each answer, worst answer first: more than six months is 1, less than an hour is 6.
constexpr std::array<double, 5> kSpanBounds = {182 * kDay, 30 * kDay, 7 * kDay, kDay, kHour};
constexpr std::array<std::string_view, 6> kSpanWords = {
    "more than six months", "one to six months", "one week to one month",
    "one day to one week",  "less than one day", "less than one hour"};
constexpr std::array<std::string_view, 6> kFrequencyWords = {
    "less than once in six months", "once a month to once in six months",
    "once a week to once a month",  "once a day to once a week",
    "once an hour to once a day",   "several times a day"};

int64_t answer_of(double seconds) {
  int64_t answer = 1;
  for (const double bound : kSpanBounds) {
    if (seconds < bound) ++answer;
  }
  return answer;
}

struct Figure {
  std::string_view name;    // in answers of dora
  std::string_view column;  // in the file
  std::string_view part;    // member of `all`
  std::string_view value;   // member of the part
  std::string_view interval;
  bool is_share;
};
constexpr std::array kFigures = {
    Figure{"deployment_frequency", "deployfreq", "gap", "median_s", "median_interval_s", false},
    Figure{"lead_time", "leadtime", "lead_time", "median_s", "median_interval_s", false},
    Figure{"restore", "failurerecovery", "restore", "median_s", "median_interval_s", false},
    Figure{"change_failure_rate", "changefailure", "change_failure_rate", "rate", "interval", true},
    Figure{"rework", "rework", "rework", "rate", "interval", true}};

std::optional<double> number(const Node* node) {
  if (node == nullptr || !node->is_number()) return std::nullopt;
  return node->as_number();
}

/// Of the file of 2025 (the one that asks about rework) whose average recovery is on the wrong
/// side.
bool has_inverted_recovery(const Node& groups) {
  const Node* all = groups.find("all");
  if (all == nullptr || all->find("rework") == nullptr) return false;
  const Node* recovery = all->find("failurerecovery");
  const auto mean = recovery == nullptr ? std::nullopt : number(recovery->find("mean"));
  return mean && *mean < 5;
}

/// The one answer that the value and both ends of its interval give; nothing if they differ.
std::optional<int64_t> sure_answer(const Node& part, const Figure& figure) {
  const auto value = number(part.find(figure.value));
  const Node* interval = part.find(figure.interval);
  if (!value || interval == nullptr || interval->items().size() != 2) return std::nullopt;
  const int64_t answer = answer_of(*value);
  for (const Node& end : interval->items()) {
    if (answer_of(end.as_number()) != answer) return std::nullopt;
  }
  return answer;
}

Node span_figure(const Node& part, const Figure& figure, double mean, double deviation) {
  Node node = Node::object({{"mean", mean}, {"std", deviation}});
  const auto answer = sure_answer(part, figure);
  node.set("answer", answer ? Node(*answer) : Node());
  if (!answer) return node;
  const auto& words = figure.column == "deployfreq" ? kFrequencyWords : kSpanWords;
  const double score = static_cast<double>(*answer - 1) * 2;
  node.set("words", words[static_cast<size_t>(*answer - 1)]);
  node.set("score", score);
  if (deviation > 0) node.set("distance", (score - mean) / deviation);
  return node;
}

/// The file's shares run from 0 to 10; less is better.
Node share_figure(const Node& part, const Figure& figure, double mean, double deviation) {
  Node node = Node::object({{"mean", mean / 10}, {"std", deviation / 10}});
  const auto rate = number(part.find(figure.value));
  node.set("rate", rate ? Node(*rate) : Node());
  if (rate && deviation > 0) node.set("distance", (mean / 10 - *rate) / (deviation / 10));
  return node;
}

}  // namespace

Result<Node> survey_json(const Node& all, std::string_view text, const std::string& file,
                         const std::string& group) {
  TOLLGATE_TRY(const Node groups, doc::parse_json(text));
  const Node* everybody = groups.is_object() ? groups.find("all") : nullptr;
  if (everybody == nullptr || !everybody->is_object() || everybody->find("leadtime") == nullptr) {
    return fail(codes::bad_report,
                "{} is no table of averages: dora.dev's industry_metrics.json or "
                "organization_size_metrics.json are",
                file);
  }
  const Node* row = groups.find(group);
  if (row == nullptr || !row->is_object()) {
    std::vector<std::string> names;
    for (const doc::Member& member : groups.members()) names.push_back(member.key);
    return fail(codes::unknown_name, "{} has no group \"{}\"{}; it has {}", file, group,
                did_you_mean(group, names), join(names, ", "));
  }
  Node node = Node::object({{"file", file}, {"group", group}, {"name", row->text_or("name")}});
  Node corrected = Node::array();
  const bool is_inverted = has_inverted_recovery(groups);
  for (const Figure& figure : kFigures) {
    const Node* average = row->find(figure.column);
    const Node* part = all.find(figure.part);
    if (average == nullptr || !average->is_object() || part == nullptr) continue;
    const auto mean = number(average->find("mean"));
    const auto deviation = number(average->find("std"));
    if (!mean || !deviation) continue;
    const bool is_turned = is_inverted && figure.column == "failurerecovery";
    if (is_turned) corrected.push(Node(figure.name));
    node.set(figure.name,
             figure.is_share
                 ? share_figure(*part, figure, *mean, *deviation)
                 : span_figure(*part, figure, is_turned ? 10 - *mean : *mean, *deviation));
  }
  node.set("corrected", std::move(corrected));
  return node;
}

std::string survey_text(const Node& survey) {
  std::string text = fmt::format("  beside {} ({})\n", printable(survey.text_or("name")),
                                 printable(survey.text_or("group")));
  for (const Figure& figure : kFigures) {
    const Node* one = survey.find(figure.name);
    if (one == nullptr) continue;
    const auto distance = number(one->find("distance"));
    const std::string_view words = one->text_or("words");
    std::string own;
    if (figure.is_share) {
      own = percent_of(one->find("rate")) + ", average " + percent_of(one->find("mean"));
    } else if (words.empty()) {
      own = "unsure";
    } else {
      own = fmt::format("{}: {:.0f} of 10, average {:.1f}", words, one->find("score")->as_number(),
                        one->find("mean")->as_number());
    }
    if (distance)
      own += fmt::format(", {:.1f} deviations {}", std::abs(*distance),
                         *distance >= 0 ? "better" : "worse");
    text += fmt::format("    {}{}\n", padded(figure.name, 22), own);
  }
  return text;
}

}  // namespace tollgate::render
