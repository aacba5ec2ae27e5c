// The page of one decision, and the pages of errors.
#include "app/render/html.hpp"
#include "app/render/page.hpp"
#include "app/render/page_parts.hpp"
#include "foundation/base/text.hpp"

namespace tollgate::render {
namespace {

using doc::Node;

std::string state_word(std::string_view state) {
  if (state == "pass") return "passed";
  if (state == "fail") return "failed";
  if (state == "not_reached") return "not reached";
  return std::string(state);
}

std::string verdict_title(std::string_view verdict) {
  if (verdict == "allow") return "Allow";
  if (verdict == "deny") return "Deny";
  if (verdict == "hold") return "Hold";
  return "Inconclusive";
}

std::string sentence(const Node& verdict) {
  const std::string_view outcome = verdict.text_or("verdict");
  const std::string what =
      fmt::format("<strong>{}</strong> {} may{} go to <strong>{}</strong>",
                  escaped(verdict.text_or("service")), escaped(verdict.text_or("version")),
                  outcome == "allow" ? "" : " not", escaped(verdict.text_or("environment")));
  if (outcome == "hold") return what + " yet: somebody or some time has to act first.";
  if (outcome == "inconclusive") return what + " on this evidence: it cannot carry a decision.";
  if (verdict.text_or("finding") != outcome) {
    return what + fmt::format(". The rules found <em>{}</em>; the environment is set to {}.",
                              escaped(verdict.text_or("finding")),
                              escaped(verdict.text_or("because")));
  }
  return what + ".";
}

std::string check_details(const Node& check) {
  std::string out = fmt::format("<p class=\"message\">{}</p>", escaped(check.text_or("message")));
  std::string facts;
  const auto fact = [&](std::string_view label, std::string_view value) {
    if (!value.empty() && value != "-")
      facts += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", label, escaped(value));
  };
  fact("Observed", check.text_or("observed_text"));
  fact("Needed", check.text_or("needed_text"));
  fact("Source", check.text_or("source"));
  fact("Age", age_words(check.find("age_s")));
  if (!facts.empty()) out += "<dl class=\"facts\">" + facts + "</dl>";
  return out;
}

std::string rule_words(const Node& node) {
  const std::string_view op = node.text_or("op");
  if (op == "any_of") return "Any of";
  if (op == "at_least") return fmt::format("At least {} of", node.integer_or("at_least", 1));
  return "All of";
}

constexpr int kTreeDepthMax = 64;

/// The rule tree as nested lists, which can be selected, printed and read aloud.
void append_tree(std::string& out, const Node& node, const Node::Array& checks, int depth) {
  const std::string_view state = node.text_or("state");
  const bool has_decided = node.boolean_or("decided", false);
  const int64_t index = node.integer_or("check", -1);
  const bool is_check = index >= 0 && static_cast<size_t>(index) < checks.size();
  out += fmt::format("<li class=\"{}\"><div class=\"head\">{} ",
                     has_decided ? "node decided" : "node", state_tag(state, state_word(state)));
  if (is_check) {
    const Node& check = checks[static_cast<size_t>(index)];
    out += fmt::format("<span class=\"name\">{}</span> <span class=\"dim\">{}</span>",
                       escaped(check.text_or("check")), escaped(check.text_or("subject")));
  } else {
    out += fmt::format("<span class=\"name\">{}</span>", rule_words(node));
    if (const std::string_view rule = node.text_or("rule"); !rule.empty()) {
      out += fmt::format(" <span class=\"dim\">{}</span>", escaped(rule));
    }
  }
  if (has_decided && is_check) out += " <span class=\"badge\">decided</span>";
  out += "</div>";
  if (is_check) out += check_details(checks[static_cast<size_t>(index)]);
  const auto& children = list_of(node, "children");
  if (!children.empty() && depth < kTreeDepthMax) {
    out += "<ul>";
    for (const Node& child : children) append_tree(out, child, checks, depth + 1);
    out += "</ul>";
  }
  out += "</li>\n";
}

std::string remedies(const Node& verdict) {
  const auto& list = list_of(verdict, "would_change");
  if (list.empty()) return {};
  std::string out =
      "<section aria-labelledby=\"change\"><h2 id=\"change\">What would change it</h2>\n<ul "
      "class=\"remedies\">\n";
  for (const Node& remedy : list) {
    out += fmt::format("<li>{} <span class=\"dim\">{} {}</span></li>\n",
                       escaped(remedy.text_or("action")), escaped(remedy.text_or("check")),
                       escaped(remedy.text_or("subject")));
  }
  return out + "</ul></section>\n";
}

std::string readings(const Node& verdict, std::string_view at) {
  const auto& list = list_of(verdict, "readings");
  if (list.empty()) return {};
  std::string out =
      "<details><summary>Signals that were read</summary>\n<table "
      "class=\"stack\"><thead><tr><th>SLO</th><th>Window</th>"
      "<th>Good</th><th>Bad</th><th>Source</th><th>Data up to</th></tr></thead><tbody>\n";
  for (const Node& reading : list) {
    out += fmt::format(
        "<tr><td data-label=\"SLO\">{}</td><td data-label=\"Window\">{}</td><td "
        "data-label=\"Good\" class=\"number\">{}"
        "</td><td data-label=\"Bad\" class=\"number\">{}</td><td data-label=\"Source\">{}</td>"
        "<td data-label=\"Data up to\">{}</td></tr>\n",
        escaped(reading.text_or("slo")), escaped(reading.text_or("window")),
        number_text(reading.integer_or("good", 0)), number_text(reading.integer_or("bad", 0)),
        escaped(reading.text_or("error").empty() ? reading.text_or("source")
                                                 : reading.text_or("error")),
        time_tag(reading.text_or("watermark"), at));
  }
  return out + "</tbody></table></details>\n";
}

std::string verify_section(const Node& verdict) {
  const std::string id = escaped(verdict.text_or("decision"));
  const Node* ledger = verdict.find("ledger");
  const int64_t position = ledger == nullptr ? -1 : ledger->integer_or("position", -1);
  return fmt::format(
      "<section aria-labelledby=\"verify\"><h2 id=\"verify\">Verify and replay</h2>\n"
      "<p>Event {0} of the ledger. Anyone can check offline that it was not changed and that the "
      "same verdict follows "
      "from the recorded inputs:</p>\n<pre><code>curl -so ledger.jsonl "
      "\"$TOLLGATE_SERVER/v1/ledger/export\"\n"
      "tollgate ledger verify ledger.jsonl\ntollgate ledger replay ledger.jsonl</code></pre>\n"
      "<p><a href=\"/v1/decisions/{1}\">Recorded inputs as JSON</a> · "
      "<a href=\"/v1/decisions/{1}/proof\">Inclusion proof</a></p></section>\n",
      position, id);
}

}  // namespace

std::string decision_page(const DecisionView& view) {
  const Node& verdict = view.verdict;
  const std::string now = time_text(view.now);
  const std::string_view outcome = verdict.text_or("verdict");
  const std::string at(verdict.text_or("at"));
  std::string main = fmt::format("<h1 class=\"verdict\">{}</h1>\n<p class=\"lead\">{}</p>\n",
                                 state_tag(outcome, verdict_title(outcome)), sentence(verdict));
  main += fmt::format(
      "<dl class=\"facts\"><div><dt>When</dt><dd>{}</dd></div><div><dt>Change</dt><dd>{}</dd></div>"
      "<div><dt>Commit</dt><dd>{}</dd></div><div><dt>Enforcement</dt><dd>{}</dd></div>"
      "<div><dt>Policy</dt><dd><code>{}</code></dd></div><div><dt>Decision</dt><dd><code>{}</"
      "code></dd></div></dl>\n",
      time_tag(at, now), escaped(verdict.text_or("change_class")),
      escaped(member_text(verdict, "commit")), escaped(verdict.text_or("enforcement")),
      escaped(verdict.text_or("policy_digest").substr(0, 19)),
      escaped(verdict.text_or("decision")));
  main += remedies(verdict);
  main += "<section aria-labelledby=\"why\"><h2 id=\"why\">Why</h2>\n<ul class=\"tree\">\n";
  if (const Node* tree = verdict.find("tree"); tree != nullptr)
    append_tree(main, *tree, list_of(verdict, "checks"), 0);
  main += "</ul></section>\n" + readings(verdict, at) + verify_section(verdict);
  return page(
      {.title = fmt::format("{} {} {} → {}", verdict_title(outcome), verdict.text_or("service"),
                            verdict.text_or("version"), verdict.text_or("environment")),
       .main = std::move(main)});
}

std::string problem_page(const CodeInfo& row) {
  const std::string code = code_text(row.code);
  return page(
      {.title = code + " " + std::string(row.title),
       .main = fmt::format(
           "<h1>{}</h1>\n<p class=\"lead\"><code>{}</code> {}</p>\n<h2>What to do</h2>\n<p>{}"
           "</p>\n<dl class=\"facts\"><div><dt>HTTP status</dt><dd>{}</dd></div>"
           "<div><dt>Exit code</dt><dd>{}</dd></div></dl>\n",
           escaped(row.title), code, escaped(row.name), escaped(row.help), row.http_status,
           row.exit_code)});
}

std::string error_page(const Error& error) {
  const CodeInfo& row = code_info(error.code);
  const std::string code = code_text(error.code);
  return page(
      {.title = std::string(row.title),
       .main = fmt::format(
           "<h1>{}</h1>\n<p class=\"lead\">{}</p>\n<p>{}</p>\n"
           "<p><a href=\"/problems/{}\">About {}</a> · <a href=\"/\">All services</a></p>\n",
           escaped(row.title), escaped(error.message),
           escaped(error.help.empty() ? row.help : std::string_view(error.help)), code, code)});
}

}  // namespace tollgate::render
