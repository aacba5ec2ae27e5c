// Places of problems inside a resource, and labels.
#include "domain/model/kind.hpp"

#include "foundation/base/text.hpp"

#include <algorithm>

namespace tollgate::model {

bool has_label(const Labels& labels, std::string_view key, std::string_view value) {
  const auto found = labels.find(std::string(key));
  return found != labels.end() &&
         std::find(found->second.begin(), found->second.end(), value) != found->second.end();
}

std::string_view first_label(const Labels& labels, std::string_view key) {
  const auto found = labels.find(std::string(key));
  if (found == labels.end() || found->second.empty()) return {};
  return found->second.front();
}

Mark mark_at(const doc::Node& node, std::string_view path) {
  const doc::Node* current = &node;
  Mark mark = node.mark();
  if (path.starts_with('/')) path.remove_prefix(1);
  for (const std::string_view step : split(path, '/')) {
    const doc::Node* next = nullptr;
    if (current->is_array()) {
      const Result<int64_t> index = parse_integer(step);
      const bool is_inside =
          index && *index >= 0 && *index < static_cast<int64_t>(current->items().size());
      if (is_inside) next = &current->items()[static_cast<size_t>(*index)];
    } else {
      next = current->find(step);
    }
    if (next == nullptr) return mark;
    current = next;
    if (current->mark().line > 0) mark = current->mark();
  }
  return mark;
}

void ProblemSink::add(Code code, std::string_view path, std::string message) {
  if (problems_.size() >= kProblemsMax) return;
  problems_.push_back({.code = code,
                       .message = std::move(message),
                       .file = std::string(file_),
                       .mark = mark_at(source_, path),
                       .field = std::string(path)});
}

}  // namespace tollgate::model
