// Reading YAML pipelines: documents with templates in them, merge keys, and the
// lines of commands inside block texts. Only for the .cpp files of this folder.
#pragma once

#include "edge/pipelines/dialect.hpp"
#include "foundation/doc/node.hpp"

namespace tollgate::pipelines {

inline constexpr size_t kFileBytesMax = 4 * 1024 * 1024;

bool ends_with_yaml(std::string_view path);
/// The part of a path behind the last "/".
std::string_view base_name(std::string_view path);

/// The documents of a file. What Helm and Go templates put in is taken out if
/// it must be, so that charts can be read. Errors: those of doc::parse_yaml.
Result<std::vector<doc::Node>> documents(const SourceFile& file);

/// The member, also from a merge key (<<); null if there is none.
const doc::Node* member(const doc::Node& node, std::string_view key);
std::string text_of(const doc::Node* node);  // scalar as written; empty for null and others
bool is_true(const doc::Node* node);
uint32_t line_of(const doc::Node& node);
/// A text, or the texts of a list, however deep.
std::vector<const doc::Node*> texts_of(const doc::Node* node);
/// A name, or the names of a list.
std::vector<std::string> names_of(const doc::Node* node);

/// The commands of a script that stands in `text` of the file from `line` on.
std::vector<Command> commands_at(std::string_view file_text, uint32_t line,
                                 std::string_view script);

}  // namespace tollgate::pipelines
