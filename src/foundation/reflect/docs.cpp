// Reference text for people, from field tables.
#include "foundation/base/text.hpp"
#include "foundation/reflect/reflect.hpp"

#include <algorithm>

namespace tollgate::reflect {
namespace {

/// Through lists, maps and optionals to the type that has fields or a form of its own.
const TypeInfo& innermost(const TypeInfo& type) {
  return type.element == nullptr ? type : innermost(type.element());
}

std::string type_words(const TypeInfo& type) {
  switch (type.shape) {
    case Shape::enumeration: {
      std::vector<std::string> names(type.names.begin(), type.names.end());
      return join(names, "|");
    }
    case Shape::list:
      return fmt::format("list of {}", type_words(type.element()));
    case Shape::map:
      return fmt::format("map to {}", type_words(type.element()));
    case Shape::optional:
      return type_words(type.element());
    default:
      return std::string(type.name);
  }
}

std::string path_step(const TypeInfo& type) {
  switch (type.shape) {
    case Shape::list:
      return "[]" + path_step(type.element());
    case Shape::map:
      return ".*" + path_step(type.element());
    case Shape::optional:
      return path_step(type.element());
    default:
      return {};
  }
}

struct Row {
  int depth = 0;
  std::string path;
  std::string type;
  bool is_required = false;
  std::string doc;
};

void collect(const TypeInfo& type, const std::string& path, std::vector<const TypeInfo*>& inside,
             std::vector<Row>& rows) {
  inside.push_back(&type);
  for (const FieldInfo& field : type.fields) {
    const TypeInfo& field_type = field.type();
    const TypeInfo& inner = innermost(field_type);
    const bool is_recursive = std::find(inside.begin(), inside.end(), &inner) != inside.end();
    Row row{.depth = static_cast<int>(inside.size()) - 1,
            .path = path + std::string(field.name) + path_step(field_type),
            .type = type_words(field_type),
            .is_required = field.constraints.is_required,
            .doc = std::string(field.doc)};
    if (!field.constraints.example.empty()) {
      row.doc += fmt::format(" Example: {}", field.constraints.example);
    }
    const std::string inner_path = row.path + ".";
    rows.push_back(std::move(row));
    if (inner.shape == Shape::object && !is_recursive) collect(inner, inner_path, inside, rows);
  }
  inside.pop_back();
}

}  // namespace

std::string field_docs(const TypeInfo& type, bool is_markdown) {
  std::vector<Row> rows;
  std::vector<const TypeInfo*> inside;
  collect(type, "", inside, rows);
  std::string out;
  if (is_markdown) {
    out += "| field | type | required | meaning |\n|---|---|---|---|\n";
    for (const Row& row : rows) {
      std::string type_cell = row.type;
      for (size_t i = 0; (i = type_cell.find('|', i)) != std::string::npos; i += 2) {
        type_cell.insert(i, "\\");
      }
      out += fmt::format("| `{}` | {} | {} | {} |\n", row.path, type_cell,
                         row.is_required ? "yes" : "", row.doc);
    }
    return out;
  }
  size_t path_width = 0;
  size_t type_width = 0;
  constexpr size_t kTypeWidthMax = 32;
  for (const Row& row : rows) {
    path_width = std::max(path_width, row.path.size() + static_cast<size_t>(row.depth) * 2);
    type_width = std::max(type_width, std::min(row.type.size(), kTypeWidthMax));
  }
  for (const Row& row : rows) {
    const std::string path = std::string(static_cast<size_t>(row.depth) * 2, ' ') + row.path;
    out += fmt::format("{:<{}}  {:<{}}  {:<8}  {}\n", path, path_width, row.type, type_width,
                       row.is_required ? "required" : "optional", row.doc);
  }
  return out;
}

}  // namespace tollgate::reflect
