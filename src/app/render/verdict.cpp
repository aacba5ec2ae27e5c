#include "app/render/verdict.hpp"

#include "app/render/findings.hpp"
#include "app/render/import_doubts.hpp"
#include "foundation/base/digest.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"

#include <algorithm>
#include <cmath>

namespace tollgate::render {
namespace {

using doc::Node;

constexpr size_t kNameWidthMin = 12;
constexpr size_t kNameWidthMax = 44;

const Node::Array& items_of(const Node& node, std::string_view key) {
  static const Node::Array none;
  const Node* list = node.find(key);
  return list != nullptr && list->is_array() ? list->items() : none;
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

std::string short_digest(std::string_view digest) {
  return std::string(digest.substr(0, digest.starts_with("sha256:") ? 7 + 12 : 12));
}

/// "coverage" for "coverage@1".
std::string_view bare_check(std::string_view check) { return check.substr(0, check.find('@')); }

/// "error-budget checkout/availability": the check, and its subject where it is not plain.
std::string check_name(const Node& check) {
  std::string name(bare_check(check.text_or("check")));
  const std::string_view subject = check.text_or("subject");
  if (subject.find('/') != std::string_view::npos) name += fmt::format(" {}", subject);
  return name;
}

/// "prometheus:eu, 14 s old".
std::string provenance(const Node& check) {
  std::string text(check.text_or("source"));
  const Node* age = check.find("age_s");
  if (age != nullptr && age->is_number()) {
    text += fmt::format("{}{} old", text.empty() ? "" : ", ", age_words(age));
  }
  return text;
}

std::string headline(const Node& verdict, const VerdictView& view) {
  const std::string_view word = verdict.text_or("verdict");
  const Glyph glyph = glyph_of(word);
  std::string line = view.palette.paint(glyph.tone, fmt::format("{} {}", glyph.sign, upper(word)));
  line += fmt::format("   {} {} → {}", verdict.text_or("service"), verdict.text_or("version"),
                      verdict.text_or("environment"));
  const std::string_view decision = verdict.text_or("decision");
  std::string tail =
      decision.empty() ? "   what-if, not recorded" : fmt::format("   decision {}", decision);
  tail += fmt::format("   policy {}", short_digest(verdict.text_or("policy_digest")));
  if (view.took_ms >= 0) tail += fmt::format("   {} ms", view.took_ms);
  return line + view.palette.paint(Tone::dim, tail) + "\n";
}

std::string check_line(const Node& check, size_t width, const Palette& palette) {
  const std::string_view state = check.text_or("state");
  const Glyph glyph = glyph_of(state);
  std::string line = "  " + palette.paint(glyph.tone, glyph.sign) + " ";
  line += padded(check_name(check), width) + "  ";
  std::string message(check.text_or("message"));
  const Node* needed = check.find("needed_text");
  const auto says = [&message](const char* word) {
    return message.find(word) != std::string::npos;
  };
  const bool names_needed = needed == nullptr || state == "not_reached" || state == "unknown" ||
                            check.text_or("unit") == "count" || says("need") || says("allowed") ||
                            says("limit");
  if (!names_needed) message += fmt::format(", needs {}", needed->as_text());
  if (state == "unknown") message = fmt::format("unknown: {}", message);
  if (state == "not_reached") message = fmt::format("{} - not counted", message);
  line += printable(message);
  const std::string from = provenance(check);
  if (!from.empty()) line += palette.paint(Tone::dim, fmt::format("   ({})", printable(from)));
  return line + "\n";
}

void add_tree(const Node& tree, const Node::Array& checks, const std::string& indent,
              const Palette& palette, std::string& out) {
  const std::string_view state = tree.text_or("state");
  const Glyph glyph = glyph_of(state);
  std::string line = indent + palette.paint(glyph.tone, glyph.sign) + " ";
  const auto index = static_cast<size_t>(tree.integer_or("check", -1));
  if (index < checks.size()) {
    const Node& check = checks[index];
    line += fmt::format("{}: {}", check_name(check), printable(check.text_or("message")));
  } else {
    std::string op(tree.text_or("op"));
    std::replace(op.begin(), op.end(), '_', ' ');
    if (op == "at least") op += fmt::format(" {}", tree.integer_or("at_least", 0));
    const std::string_view rule = tree.text_or("rule");
    line += rule.empty() ? op : fmt::format("{} ({})", rule, op);
    line += fmt::format(": {}", state);
  }
  if (tree.boolean_or("decided", false)) line += palette.paint(Tone::strong, "  ◄ decided");
  out += line + "\n";
  for (const Node& child : items_of(tree, "children")) {
    add_tree(child, checks, indent + "  ", palette, out);
  }
}

/// Why the answer is not what the rules found; empty if it is.
std::string enforcement_words(const Node& verdict) {
  const std::string_view because = verdict.text_or("because");
  const std::string finding = upper(verdict.text_or("finding"));
  if (because == "warn")
    return fmt::format("the rules say {}; this environment only warns", finding);
  if (because == "observe") {
    return fmt::format("the rules say {}; this environment only observes", finding);
  }
  const std::string answer = upper(verdict.text_or("verdict"));
  if (because == "on_inconclusive") {
    return fmt::format("the rules say {}; this environment turns that into {}", finding, answer);
  }
  if (because == "on_error") {
    return fmt::format("something could not be read; this environment turns that into {}", answer);
  }
  return {};
}

std::string remedies_text(const Node& verdict) {
  std::string out;
  for (const Node& entry : items_of(verdict, "would_change")) {
    out += fmt::format("    {}: {}\n", bare_check(entry.text_or("check")),
                       printable(entry.text_or("action")));
  }
  return out.empty() ? out : "  to change this:\n" + out;
}

std::string markdown_cell(std::string_view text) {
  std::string out;
  for (char c : printable(text)) {
    if (c == '|' || c == '<' || c == '`' || c == '\\') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

}  // namespace

std::string verdict_text(const Node& verdict, const VerdictView& view) {
  std::string out = headline(verdict, view);
  const Node::Array& checks = items_of(verdict, "checks");
  const Node* tree = verdict.find("tree");
  if (view.has_tree && tree != nullptr) {
    add_tree(*tree, checks, "  ", view.palette, out);
  } else {
    size_t width = kNameWidthMin;
    for (const Node& check : checks) width = std::max(width, width_of(check_name(check)));
    width = std::min(width, kNameWidthMax);
    for (const Node& check : checks) out += check_line(check, width, view.palette);
  }
  if (checks.empty()) out += "  no release policy selects this release\n";
  out += doubt_lines(verdict);
  const std::string enforcement = enforcement_words(verdict);
  if (!enforcement.empty()) out += fmt::format("  {}\n", enforcement);
  if (verdict.text_or("verdict") != "allow" || !enforcement.empty()) out += remedies_text(verdict);
  const std::string_view decision = verdict.text_or("decision");
  if (!decision.empty()) {
    const std::string page = view.link.empty() ? "" : view.link + "   ·   ";
    out += view.palette.paint(Tone::dim,
                              fmt::format("  why: {}tollgate explain {} --tree", page, decision)) +
           "\n";
  }
  return out;
}

std::string verdict_markdown(const Node& verdict, std::string_view link) {
  const std::string_view word = verdict.text_or("verdict");
  std::string out = fmt::format("### {} Tollgate: {}\n\n{} {} → {}\n\n", glyph_of(word).sign,
                                upper(word), markdown_cell(verdict.text_or("service")),
                                markdown_cell(verdict.text_or("version")),
                                markdown_cell(verdict.text_or("environment")));
  out += "| | check | found | source |\n|---|---|---|---|\n";
  size_t shown = 0;
  const Node::Array& checks = items_of(verdict, "checks");
  for (const Node& check : checks) {
    const std::string_view state = check.text_or("state");
    std::string row = fmt::format(
        "| {} {} | {} | {} | {} |\n", glyph_of(state).sign, state, markdown_cell(check_name(check)),
        markdown_cell(check.text_or("message")), markdown_cell(provenance(check)));
    if (out.size() + row.size() > kMarkdownBytesMax / 2) break;
    out += row;
    ++shown;
  }
  if (shown < checks.size())
    out += fmt::format("\n... and {} more checks\n", checks.size() - shown);
  const std::string enforcement = enforcement_words(verdict);
  if (!enforcement.empty()) out += fmt::format("\n{}.\n", enforcement);
  const Node::Array& changes = items_of(verdict, "would_change");
  if (!changes.empty() && word != "allow") {
    out += "\n**To change this:**\n\n";
    for (const Node& change : changes) {
      std::string line = fmt::format("- {}: {}\n", bare_check(change.text_or("check")),
                                     markdown_cell(change.text_or("action")));
      if (out.size() + line.size() > kMarkdownBytesMax - 2000) break;
      out += line;
    }
  }
  const std::string decision = markdown_cell(verdict.text_or("decision"));
  if (!decision.empty()) {
    out += link.empty() ? fmt::format("\nDecision {}", decision)
                        : fmt::format("\nDecision [{}]({})", decision, link);
    out += fmt::format(" · policy {}\n", short_digest(verdict.text_or("policy_digest")));
  }
  return out;
}

std::string verdict_junit(const Node& verdict) {
  std::string cases;
  size_t failures = 0;
  size_t errors = 0;
  size_t skipped = 0;
  const Node::Array& checks = items_of(verdict, "checks");
  for (const Node& check : checks) {
    const std::string_view state = check.text_or("state");
    const std::string message = xml_escape(check.text_or("message"));
    cases += fmt::format("    <testcase classname=\"tollgate.{}\" name=\"{}\"",
                         xml_escape(verdict.text_or("environment")), xml_escape(check_name(check)));
    if (state == "fail") {
      ++failures;
      cases += fmt::format("><failure message=\"{}\"/></testcase>\n", message);
    } else if (state == "unknown") {
      ++errors;
      cases += fmt::format("><error message=\"{}\"/></testcase>\n", message);
    } else if (state == "not_reached") {
      ++skipped;
      cases += fmt::format("><skipped message=\"{}\"/></testcase>\n", message);
    } else {
      cases += "/>\n";
    }
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
      "  <testsuite name=\"tollgate gate {} {}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" "
      "skipped=\"{}\">\n    <properties><property name=\"verdict\" value=\"{}\"/><property "
      "name=\"decision\" value=\"{}\"/></properties>\n{}  </testsuite>\n</testsuites>\n",
      xml_escape(verdict.text_or("service")), xml_escape(verdict.text_or("environment")),
      checks.size(), failures, errors, skipped, xml_escape(verdict.text_or("verdict")),
      xml_escape(verdict.text_or("decision")), cases);
}

std::string verdict_codequality(const Node& verdict) {
  Node issues = Node::array();
  for (const Node& check : items_of(verdict, "checks")) {
    const std::string_view state = check.text_or("state");
    if (state != "fail" && state != "unknown") continue;
    const std::string name = check_name(check);
    const std::string fingerprint = digest_text(sha256({verdict.text_or("service"), "/",
                                                        verdict.text_or("environment"), "/", name}))
                                        .substr(7, 40);
    issues.push(Node::object(
        {{"description", fmt::format("{}: {}", name, check.text_or("message"))},
         {"check_name", check.text_or("check")},
         {"fingerprint", fingerprint},
         {"severity", state == "fail" ? "major" : "minor"},
         {"location",
          Node::object({{"path", ".tollgate"}, {"lines", Node::object({{"begin", 1}})}})}}));
  }
  return doc::pretty_json(issues);
}

}  // namespace tollgate::render
