// A verdict for its readers: a person at a terminal, a merge request, a CI's test report. Works on
// the JSON answer alone, so that local mode and server mode look the same.
#pragma once

#include "app/render/output.hpp"
#include "foundation/doc/node.hpp"

#include <string>
#include <string_view>

namespace tollgate::render {

struct VerdictView {
  Palette palette = {};
  bool has_tree = false;  // show the whole rule tree instead of the list of checks
  std::string link = {};  // page of the decision; empty: none
  int64_t took_ms = -1;   // shown in the first line; below 0: not
};

/// One glyph and word per check with observed, needed, source and age; then what would change the
/// answer.
std::string verdict_text(const doc::Node& verdict, const VerdictView& view);
/// Markdown for step summaries and comments, at most kMarkdownBytesMax.
std::string verdict_markdown(const doc::Node& verdict, std::string_view link);
/// JUnit XML: one test case per check; a failed check is a failure, an unknown one an error.
std::string verdict_junit(const doc::Node& verdict);
/// Code-quality issues (Code Climate JSON, as GitLab reads it): one per check that did not pass.
std::string verdict_codequality(const doc::Node& verdict);

inline constexpr size_t kMarkdownBytesMax = 60'000;

}  // namespace tollgate::render
