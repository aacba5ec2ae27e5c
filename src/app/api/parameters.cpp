#include "app/api/parameters.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/yaml.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace tollgate::api {
namespace {

/// By method, in small letters, and path: the names in its query, sorted.
using Known = std::map<std::pair<std::string, std::string>, std::vector<std::string>>;

/// What people know from the command line, and what it is called here.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kOtherNames = {
    {{"as-of", "at"}, {"as_of", "at"}, {"env", "environment"}, {"time", "at"}}};

const doc::Node* follow(const doc::Node& root, const doc::Node& node) {
  const std::string_view reference = node.text_or("$ref");
  if (!reference.starts_with("#/")) return &node;
  const doc::Node* found = &root;
  for (const std::string_view part : split(reference.substr(2), '/')) {
    if (found != nullptr) found = found->find(part);
  }
  return found;
}

void add_names(const doc::Node& root, const doc::Node& operation, std::vector<std::string>& names) {
  const doc::Node* const parameters = operation.find("parameters");
  if (parameters == nullptr) return;
  for (const doc::Node& each : parameters->items()) {
    const doc::Node* const parameter = follow(root, each);
    if (parameter == nullptr || parameter->text_or("in") != "query") continue;
    names.emplace_back(parameter->text_or("name"));
  }
}

Known read_description() {
  Known known;
  const auto documents = doc::parse_yaml(openapi_text(), "openapi.yaml");
  if (!documents || documents->empty()) return known;  // a test reads the same text
  const doc::Node& root = documents->front();
  const doc::Node* const paths = root.find("paths");
  if (paths == nullptr) return known;
  for (const doc::Member& path : paths->members()) {
    for (const doc::Member& operation : path.value.members()) {
      if (!operation.value.is_object()) continue;
      std::vector<std::string>& names = known[{operation.key, path.key}];
      add_names(root, path.value, names);
      add_names(root, operation.value, names);
      std::sort(names.begin(), names.end());
    }
  }
  return known;
}

/// "/v1/resources/{kind}/{name+}" as openapi.yaml writes it.
std::string described_path(std::string_view path) {
  std::string text(path);
  text.erase(std::remove(text.begin(), text.end(), '+'), text.end());
  return text;
}

std::string suggestion(std::string_view name, const std::vector<std::string>& names) {
  for (const auto& [other, ours] : kOtherNames) {
    if (name == other && std::binary_search(names.begin(), names.end(), ours))
      return fmt::format("; did you mean \"{}\"?", ours);
  }
  return did_you_mean(name, names);
}

}  // namespace

Result<void> check_parameters(const RouteDef& route, std::string_view query) {
  if (query.empty() || !route.path.starts_with("/v1/")) return {};
  if (route.access == Access::open || route.access == Access::push) return {};
  static const Known kKnown = read_description();
  const auto described = kKnown.find({lower_case(route.method), described_path(route.path)});
  if (described == kKnown.end()) return {};
  const std::vector<std::string>& names = described->second;
  for (const std::string_view pair : split(query, '&')) {
    const std::string name =
        net::percent_decode(pair.substr(0, pair.find('='))).value_or(std::string(pair));
    if (name.empty() || std::binary_search(names.begin(), names.end(), name)) continue;
    return fail(Error{
        .code = codes::bad_request,
        .message = fmt::format("{} knows no parameter \"{}\"{}", route.path, name,
                               suggestion(name, names)),
        .help = names.empty() ? "It takes no parameters."
                              : fmt::format("It knows {}; see /openapi.yaml.", join(names, ", "))});
  }
  return {};
}

}  // namespace tollgate::api
