#include "runner/journey.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>

namespace tollgate::journeys {
namespace {

size_t indent_of(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

Result<std::vector<std::string>> cut_words(std::string_view line) {
  std::vector<std::string> words;
  while (true) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    if (line.empty()) return words;
    if (line.front() == '"') {
      const size_t end = line.find('"', 1);
      if (end == std::string_view::npos) return fail(codes::syntax, "a quote is not closed");
      words.push_back("\"" + std::string(line.substr(1, end - 1)));
      line.remove_prefix(end + 1);
    } else {
      const size_t end = std::min(line.find(' '), line.size());
      words.emplace_back(line.substr(0, end));
      line.remove_prefix(end);
    }
  }
}

/// The lines of an indented block from `index` on, without their common indent.
std::string take_block(const std::vector<std::string_view>& lines, size_t& index) {
  std::vector<std::string_view> block;
  size_t common = std::string::npos;
  while (index < lines.size() && (lines[index].starts_with("  ") || trim(lines[index]).empty())) {
    if (!trim(lines[index]).empty()) common = std::min(common, indent_of(lines[index]));
    block.push_back(lines[index++]);
  }
  while (!block.empty() && trim(block.back()).empty()) block.pop_back();
  std::string text;
  for (std::string_view line : block) {
    text += line.size() >= common ? line.substr(common) : std::string_view{};
    text += '\n';
  }
  return text;
}

}  // namespace

std::string_view Step::option(std::string_view name) const {
  const auto found = std::find(words.begin(), words.end(), name);
  return found == words.end() || found + 1 == words.end() ? std::string_view{}
                                                          : std::string_view(found[1]);
}

Result<Journey> parse_journey(std::string_view name, std::string_view text) {
  Journey journey{.name = std::string(name), .rows = {}, .steps = {}};
  const std::vector<std::string_view> lines = split(text, '\n');
  for (size_t index = 0; index < lines.size();) {
    const std::string_view line = lines[index];
    const int number = static_cast<int>(++index);
    if (trim(line).empty() || line.starts_with('#')) continue;
    const auto fail_here = [&](std::string_view why) {
      return fail(Error{.code = codes::syntax,
                        .message = std::string(why),
                        .file = std::string(name),
                        .mark = {static_cast<uint32_t>(number), 1}});
    };
    if (line.starts_with(' ')) return fail_here("an indented line belongs to no step");
    if (line.starts_with("row:")) {
      for (std::string_view row : split(trim(line.substr(4)), ' ')) journey.rows.emplace_back(row);
      continue;
    }
    Result<std::vector<std::string>> words = cut_words(line);
    if (!words) return fail_here(words.error().message);
    Step step{.line = number, .verb = words->front(), .words = {}, .expected = {}, .block = {}};
    const auto arrow = std::find(words->begin(), words->end(), "=>");
    step.words.assign(words->begin() + 1, arrow);
    if (arrow != words->end()) step.expected.assign(arrow + 1, words->end());
    step.block = take_block(lines, index);
    journey.steps.push_back(std::move(step));
  }
  if (journey.steps.empty()) return fail(codes::syntax, "{}: a journey without steps", name);
  return journey;
}

}  // namespace tollgate::journeys
