// What one report format is, and the catalogue of all of them. A new format is one file that
// defines a FormatDef, and one line in all.cpp.
// Readers are pure: bytes in, figures out. They survive any bytes and keep nothing of the file but
// what model::Report holds.
#pragma once

#include "domain/model/evidence.hpp"
#include "edge/evidence/xml.hpp"
#include "foundation/base/error.hpp"
#include "foundation/doc/node.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tollgate::evidence {

/// Largest report that is read. Larger ones are refused with limit_exceeded.
inline constexpr size_t kReportBytesMax = 64 * 1024 * 1024;

/// The bytes of one file with the little that every format asks when it looks for its own.
/// Borrows `bytes` and `file_name`.
struct Input {
  std::string_view bytes;
  std::string_view file_name;
  std::optional<XmlRoot> xml;     // set if the file is XML as far as its first element
  std::optional<doc::Node> json;  // set if the file is one JSON value
  std::optional<Error> problem;   // why it is neither, if it began like one of them

  std::string_view xml_name() const { return xml ? std::string_view(xml->name) : ""; }
};

/// Looks at the first byte and parses JSON, or XML up to its first element. Never fails: what went
/// wrong is told in `problem`. Errors: limit_exceeded.
Result<Input> open_input(std::string_view bytes, std::string_view file_name);

struct FormatDef {
  std::string_view name;  // as on the command line and in the ledger
  model::ReportKind kind;
  std::string_view title;  // tools that write it
  std::string_view doc;    // what is read, one sentence
  /// Whether the input is certainly of this format; the first of the catalogue that says so wins.
  bool (*sniff)(const Input& input);
  /// The figures. Errors: bad_report, xml_forbidden, limit_exceeded.
  Result<model::Report> (*read)(const Input& input);
};

/// Every format, sorted by name.
std::span<const FormatDef* const> all_formats();

}  // namespace tollgate::evidence
