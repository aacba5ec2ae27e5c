#include "app/render/findings.hpp"

#include "foundation/base/digest.hpp"
#include "foundation/doc/json.hpp"

#include <algorithm>
#include <set>

namespace tollgate::render {
namespace {

using doc::Node;

std::string place_of(const Node& finding) {
  std::string place(finding.text_or("file"));
  const int64_t line = finding.integer_or("line", 0);
  if (line > 0) {
    place +=
        fmt::format("{}{}:{}", place.empty() ? "" : ":", line, finding.integer_or("column", 1));
  }
  return place;
}

std::string_view sarif_level(std::string_view severity) {
  return severity == "error" || severity == "warning" ? severity : "note";
}

Node sarif_result(const Node& finding) {
  Node result = Node::object({{"ruleId", finding.text_or("code")},
                              {"level", sarif_level(finding.text_or("severity"))},
                              {"message", Node::object({{"text", finding.text_or("message")}})}});
  if (finding.text_or("file").empty()) return result;
  Node physical =
      Node::object({{"artifactLocation", Node::object({{"uri", finding.text_or("file")}})}});
  if (finding.integer_or("line", 0) > 0) {
    physical.set("region", Node::object({{"startLine", finding.integer_or("line", 1)},
                                         {"startColumn", finding.integer_or("column", 1)}}));
  }
  Node locations = Node::array();
  locations.push(Node::object({{"physicalLocation", std::move(physical)}}));
  result.set("locations", std::move(locations));
  return result;
}

}  // namespace

std::string xml_escape(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\t':
        out += "&#9;";
        break;
      case '\n':
        out += "&#10;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
    }
  }
  return out;
}

std::string findings_text(const Node& findings, const Palette& palette) {
  std::string out;
  for (const Node& finding : findings.items()) {
    const std::string_view severity = finding.text_or("severity");
    const std::string place = place_of(finding);
    if (!place.empty()) out += printable(place) + ": ";
    out += palette.paint(glyph_of(severity).tone,
                         fmt::format("{}[{}]", severity, finding.text_or("code")));
    out += fmt::format(": {}\n", printable(finding.text_or("message")));
    const std::string_view help = finding.text_or("help");
    if (!help.empty())
      out += palette.paint(Tone::dim, fmt::format("    {}", printable(help))) + "\n";
  }
  return out;
}

Node findings_sarif(const Node& findings) {
  std::set<std::string, std::less<>> codes;
  Node results = Node::array();
  for (const Node& finding : findings.items()) {
    codes.emplace(finding.text_or("code"));
    results.push(sarif_result(finding));
  }
  Node rules = Node::array();
  for (const std::string& code : codes) rules.push(Node::object({{"id", code}}));
  Node driver = Node::object({{"name", "tollgate"}, {"rules", std::move(rules)}});
  Node runs = Node::array();
  runs.push(Node::object(
      {{"tool", Node::object({{"driver", std::move(driver)}})}, {"results", std::move(results)}}));
  return Node::object({{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                       {"version", "2.1.0"},
                       {"runs", std::move(runs)}});
}

std::string findings_junit(const Node& findings, std::string_view suite) {
  std::string class_name(suite);
  std::replace(class_name.begin(), class_name.end(), ' ', '.');
  std::string cases;
  size_t failures = 0;
  for (const Node& finding : findings.items()) {
    const bool is_failure = finding.text_or("severity") == "error";
    failures += is_failure ? 1 : 0;
    cases += fmt::format("    <testcase classname=\"{}\" name=\"{}: {}\"", class_name,
                         xml_escape(place_of(finding)), xml_escape(finding.text_or("message")));
    cases += is_failure ? fmt::format("><failure message=\"{}\"/></testcase>\n",
                                      xml_escape(finding.text_or("message")))
                        : "/>\n";
  }
  if (cases.empty())
    cases = fmt::format("    <testcase classname=\"{}\" name=\"all\"/>\n", class_name);
  const size_t tests = std::max<size_t>(findings.items().size(), 1);
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"{}\" "
      "tests=\"{}\" failures=\"{}\">\n{}  </testsuite>\n</testsuites>\n",
      suite, tests, failures, cases);
}

Node findings_codequality(const Node& findings) {
  Node issues = Node::array();
  for (const Node& finding : findings.items()) {
    const std::string_view severity = finding.text_or("severity");
    const std::string fingerprint =
        digest_text(sha256({finding.text_or("code"), "\n", finding.text_or("file"), "\n",
                            finding.text_or("message")}));
    const int64_t line = std::max<int64_t>(finding.integer_or("line", 1), 1);
    issues.push(
        Node::object({{"description", finding.text_or("message")},
                      {"check_name", finding.text_or("code")},
                      {"fingerprint", fingerprint.substr(7, 40)},
                      {"severity", severity == "error"     ? "major"
                                   : severity == "warning" ? "minor"
                                                           : "info"},
                      {"location", Node::object({{"path", finding.text_or("file")},
                                                 {"lines", Node::object({{"begin", line}})}})}}));
  }
  return issues;
}

}  // namespace tollgate::render
