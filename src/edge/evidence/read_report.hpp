// Reports of build tools, read: the front door of this folder.
#pragma once

#include "domain/model/evidence.hpp"
#include "foundation/base/error.hpp"

#include <string_view>

namespace tollgate::evidence {

/// The figures of one report file. `format` is a name of all_formats(), or empty to recognise it
/// from the content. `file_name` only names the place in errors and settles formats that differ in
/// nothing else; nothing is opened. Safe from any thread.
/// Errors: unknown_format, bad_report, xml_forbidden, limit_exceeded; with line and column where
/// the text has one.
Result<model::Report> read_report(std::string_view bytes, std::string_view format,
                                  std::string_view file_name);

}  // namespace tollgate::evidence
