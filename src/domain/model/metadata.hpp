// What every resource carries beside its spec.
#pragma once

#include "foundation/reflect/type_info.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::model {

/// Label values by key. A file may give one text or a list of texts.
using Labels = std::map<std::string, std::vector<std::string>>;

struct Metadata {
  std::string name;
  std::string display_name;
  Labels labels;
  std::map<std::string, std::string> annotations;
};

inline constexpr std::string_view kNamePattern = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
inline constexpr std::string_view kNameWords =
    "a name of lower-case letters, digits and \"-\" that begins and ends with a letter or digit";
inline constexpr size_t kNameSizeMax = 63;
inline constexpr size_t kDescriptionSizeMax = 1050;

/// True if `labels` has `key` with `value` among its values.
bool has_label(const Labels& labels, std::string_view key, std::string_view value);
/// The first value of `key`, or empty.
std::string_view first_label(const Labels& labels, std::string_view key);

}  // namespace tollgate::model

namespace tollgate::reflect {

template <>
struct Reflect<model::Metadata> {
  static constexpr std::string_view name = "Metadata";
  static constexpr std::array fields = {
      field<&model::Metadata::name>("name", "Unique name among the resources of its kind.",
                                    {.is_required = true,
                                     .size_max = model::kNameSizeMax,
                                     .pattern = model::kNamePattern,
                                     .pattern_words = model::kNameWords,
                                     .example = "checkout"}),
      field<&model::Metadata::display_name>("displayName", "Name for people.",
                                            {.size_max = model::kNameSizeMax}),
      field<&model::Metadata::labels>("labels", "Texts or lists of texts to select by.",
                                      {.size_max = 100}),
      field<&model::Metadata::annotations>("annotations", "Texts for tools.", {.size_max = 100})};
};

}  // namespace tollgate::reflect
