// XML as a stream of elements, for reports of any size: no tree is built.
// Nothing that the text asks for is done: any entity declaration, external reference or use of an
// undeclared entity ends the reading with xml_forbidden. A DOCTYPE without them is read over.
#pragma once

#include "foundation/base/error.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tollgate::evidence {

inline constexpr size_t kXmlDepthMax = 256;
inline constexpr size_t kXmlAttributesMax = 256;
inline constexpr int64_t kXmlElementsMax = 20'000'000;
/// Largest count that an attribute may state, so that sums over a file cannot overflow.
inline constexpr int64_t kXmlCountMax = 1'000'000'000'000;

/// One start tag. Valid during the call that shows it.
struct XmlElement {
  std::string_view name;                   // without its namespace prefix
  std::span<const std::string> ancestors;  // outermost first
  const char** attributes;                 // expat's: name, value, ..., null

  /// The attribute as written, or nothing. Names are compared with case.
  std::optional<std::string_view> find(std::string_view key) const;
  std::string_view text(std::string_view key) const { return find(key).value_or(""); }
  /// The attribute as a count. Errors: bad_report if it is absent or is no integer from 0 to
  /// kXmlCountMax.
  Result<int64_t> count(std::string_view key) const;
  /// The same, with a default for an absent or empty attribute.
  Result<int64_t> count_or(std::string_view key, int64_t otherwise) const;
  /// The attribute as seconds, in whole milliseconds; 0 if it is absent or no number from 0 up.
  int64_t seconds_ms(std::string_view key) const;
  std::string_view parent() const {
    return ancestors.empty() ? std::string_view() : std::string_view(ancestors.back());
  }
};

struct XmlHandlers {
  std::function<Result<>(const XmlElement& element)> start;
  std::function<Result<>(std::string_view name)> end = {};  // may be empty
};

/// Reads the whole text; the first error of a handler ends it and is returned with the place.
/// Errors: bad_report (not well-formed), xml_forbidden, limit_exceeded.
Result<> read_xml(std::string_view bytes, const XmlHandlers& handlers);

/// The first element of a text, and its attributes.
struct XmlRoot {
  std::string name;
  std::map<std::string, std::string, std::less<>> attributes;

  bool has(std::string_view key) const { return attributes.find(key) != attributes.end(); }
};
Result<XmlRoot> read_xml_root(std::string_view bytes);

}  // namespace tollgate::evidence
