// Recognises a report and hands it to its reader.
#include "edge/evidence/read_report.hpp"

#include "edge/evidence/format.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"

#include <vector>

namespace tollgate::evidence {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kUtf16Marks[] = {"\xFF\xFE", "\xFE\xFF"};

/// The first bytes that are neither a byte order mark nor white space.
std::string_view content_of(std::string_view bytes) {
  if (bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
  const size_t start = bytes.find_first_not_of(" \t\r\n");
  return start == std::string_view::npos ? std::string_view() : bytes.substr(start);
}

bool looks_like_xml(std::string_view bytes) {
  for (const auto mark : kUtf16Marks) {
    if (bytes.starts_with(mark)) return true;
  }
  return content_of(bytes).starts_with('<');
}

bool looks_like_json(std::string_view bytes) {
  const std::string_view content = content_of(bytes);
  return content.starts_with('{') || content.starts_with('[');
}

Result<const FormatDef*> format_named(std::string_view name) {
  std::vector<std::string> names;
  for (const FormatDef* format : all_formats()) {
    if (format->name == name) return format;
    names.emplace_back(format->name);
  }
  return fail(codes::unknown_format, "there is no report format \"{}\"{}", name,
              did_you_mean(name, names));
}

Result<const FormatDef*> format_of(const Input& input) {
  for (const FormatDef* format : all_formats()) {
    if (format->sniff(input)) return format;
  }
  if (input.problem) return fail(*input.problem);
  if (input.xml) {
    return fail(codes::unknown_format, "no report format is known for XML whose root is <{}>",
                input.xml->name);
  }
  return fail(codes::unknown_format, "the content is of no report format that is known here");
}

Result<model::Report> read(std::string_view bytes, std::string_view format_name,
                           std::string_view file_name) {
  TOLLGATE_TRY(const Input input, open_input(bytes, file_name));
  TOLLGATE_TRY(const FormatDef* format,
               format_name.empty() ? format_of(input) : format_named(format_name));
  TOLLGATE_TRY(model::Report report, format->read(input));
  report.kind = format->kind;
  report.format = format->name;
  return report;
}

}  // namespace

Result<Input> open_input(std::string_view bytes, std::string_view file_name) {
  if (bytes.size() > kReportBytesMax) {
    return fail(codes::limit_exceeded, "the report has {} bytes; at most {} are read", bytes.size(),
                kReportBytesMax);
  }
  Input input{.bytes = bytes, .file_name = file_name, .xml = {}, .json = {}, .problem = {}};
  if (looks_like_xml(bytes)) {
    auto root = read_xml_root(bytes);
    if (root) {
      input.xml = std::move(*root);
    } else {
      input.problem = std::move(root).error();
    }
  } else if (looks_like_json(bytes)) {
    auto json = doc::parse_json(bytes);
    if (json) {
      input.json = std::move(*json);
    } else {
      input.problem = std::move(json).error();
      input.problem->code = codes::bad_report;
    }
  }
  return input;
}

Result<model::Report> read_report(std::string_view bytes, std::string_view format,
                                  std::string_view file_name) {
  auto report = read(bytes, format, file_name);
  if (!report && report.error().file.empty()) report.error().file = std::string(file_name);
  return report;
}

}  // namespace tollgate::evidence
