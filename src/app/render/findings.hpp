// Findings of `check` for a person, an editor and the three report formats that CI systems read. A
// finding is {code, severity, file, line, column, message, help}.
#pragma once

#include "app/render/output.hpp"
#include "foundation/doc/node.hpp"

#include <string>

namespace tollgate::render {

/// "file:line:col: severity[TG0213]: message" with the help below, worst first as given.
std::string findings_text(const doc::Node& findings, const Palette& palette);
/// SARIF 2.1.0 with the rules that occur.
doc::Node findings_sarif(const doc::Node& findings);
/// JUnit XML with one test case per finding, or one that passed if there is none. `suite` is the
/// command, such as "tollgate check".
std::string findings_junit(const doc::Node& findings, std::string_view suite = "tollgate check");
/// Code Climate JSON, as GitLab reads it.
doc::Node findings_codequality(const doc::Node& findings);

/// Text as XML content or attribute value; characters that XML cannot hold become '?'.
std::string xml_escape(std::string_view text);

}  // namespace tollgate::render
