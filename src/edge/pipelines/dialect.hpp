// A dialect of pipeline files: which files it claims and how they are read. A
// new one is one file in this folder and one line in all.cpp.
#pragma once

#include "edge/pipelines/pipeline.hpp"

#include <span>

namespace tollgate::pipelines {

struct SourceFile {
  std::string path = {};
  std::string text = {};
};

/// The files that are looked at together, by path, so that one can include
/// another.
using Sources = std::map<std::string, std::string, std::less<>>;

struct DialectDef {
  std::string_view name;
  std::string_view title;
  /// By path, and by content where the path says nothing.
  bool (*claims)(std::string_view path, std::string_view text);
  /// Errors: those of the syntax, with file, line and column.
  Result<Pipeline> (*read)(const SourceFile& file, const Sources& sources);
};

/// Every dialect, sorted by name. The first that claims a file reads it.
std::span<const DialectDef* const> all_dialects();
/// The dialect of a file; null if it is no pipeline.
const DialectDef* dialect_of(std::string_view path, std::string_view text);

}  // namespace tollgate::pipelines
