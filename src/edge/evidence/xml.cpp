// XML by expat, hardened. The only file that includes expat.
#include "edge/evidence/xml.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <expat.h>

#include <cmath>
#include <limits>
#include <memory>
#include <vector>

namespace tollgate::evidence {

namespace {

constexpr double kSecondsMax = 1e9;

std::string_view local_name(std::string_view name) {
  const size_t colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

/// What expat's callbacks work on. The first failure stays; everything after it is ignored.
struct Reading {
  XML_Parser parser;
  const XmlHandlers* handlers;
  std::vector<std::string> open = {};
  int64_t element_count = 0;
  std::optional<Error> failure = {};

  void stop(Error error) {
    if (failure) return;
    if (error.mark == Mark{}) {
      error.mark = {.line = static_cast<uint32_t>(XML_GetCurrentLineNumber(parser)),
                    .column = static_cast<uint32_t>(XML_GetCurrentColumnNumber(parser)) + 1};
    }
    failure = std::move(error);
    XML_StopParser(parser, XML_FALSE);
  }
};

Reading& reading_of(void* user) { return *static_cast<Reading*>(user); }

size_t attribute_count(const char** attributes) {
  size_t count = 0;
  while (attributes[2 * count] != nullptr) ++count;
  return count;
}

void on_start(void* user, const char* name, const char** attributes) {
  Reading& reading = reading_of(user);
  if (reading.failure) return;
  if (reading.open.size() >= kXmlDepthMax || ++reading.element_count > kXmlElementsMax ||
      attribute_count(attributes) > kXmlAttributesMax) {
    reading.stop({.code = codes::limit_exceeded,
                  .message = fmt::format("XML of more than {} levels, {} attributes a tag or {} "
                                         "elements is not read",
                                         kXmlDepthMax, kXmlAttributesMax, kXmlElementsMax)});
    return;
  }
  const XmlElement element{
      .name = local_name(name), .ancestors = reading.open, .attributes = attributes};
  if (auto done = reading.handlers->start(element); !done) {
    reading.stop(std::move(done).error());
    return;
  }
  reading.open.emplace_back(local_name(name));
}

void on_end(void* user, const char* name) {
  Reading& reading = reading_of(user);
  if (reading.failure) return;
  reading.open.pop_back();
  if (!reading.handlers->end) return;
  if (auto done = reading.handlers->end(local_name(name)); !done) {
    reading.stop(std::move(done).error());
  }
}

void forbid(void* user, std::string message) {
  reading_of(user).stop({.code = codes::xml_forbidden, .message = std::move(message)});
}

void on_entity(void* user, const char* name, int, const char*, int, const char*, const char*,
               const char*, const char*) {
  forbid(user, fmt::format("the entity \"{}\" is declared; reports must not declare any", name));
}

void on_skipped_entity(void* user, const char* name, int) {
  forbid(user, fmt::format("the entity \"{}\" is used but not declared in the text", name));
}

int on_external_entity(XML_Parser parser, const char*, const char*, const char*, const char*) {
  forbid(XML_GetUserData(parser), "the text refers to another file; nothing is fetched");
  return XML_STATUS_ERROR;
}

}  // namespace

std::optional<std::string_view> XmlElement::find(std::string_view key) const {
  for (const char** at = attributes; *at != nullptr; at += 2) {
    if (local_name(at[0]) == key) return std::string_view(at[1]);
  }
  return std::nullopt;
}

Result<int64_t> XmlElement::count(std::string_view key) const {
  const auto value = find(key);
  if (!value) return fail(codes::bad_report, "<{}> has no attribute \"{}\"", name, key);
  const auto number = parse_integer(trim(*value));
  if (!number || *number < 0 || *number > kXmlCountMax) {
    return fail(codes::bad_report, "{}=\"{}\" of <{}> is not a count", key, value->substr(0, 40),
                name);
  }
  return *number;
}

Result<int64_t> XmlElement::count_or(std::string_view key, int64_t otherwise) const {
  return trim(text(key)).empty() ? Result<int64_t>(otherwise) : count(key);
}

int64_t XmlElement::seconds_ms(std::string_view key) const {
  const auto seconds = parse_number(trim(text(key)));
  if (!seconds || !(*seconds >= 0) || *seconds > kSecondsMax) return 0;
  return static_cast<int64_t>(std::llround(*seconds * 1000));
}

Result<> read_xml(std::string_view bytes, const XmlHandlers& handlers) {
  if (bytes.size() > static_cast<size_t>(std::numeric_limits<int>::max())) {
    return fail(codes::limit_exceeded, "the XML has {} bytes", bytes.size());
  }
  const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser(
      XML_ParserCreate(nullptr), &XML_ParserFree);
  if (!parser) return fail(codes::internal, "no memory for an XML parser");
  Reading reading{.parser = parser.get(), .handlers = &handlers};
  XML_SetUserData(parser.get(), &reading);
  XML_SetElementHandler(parser.get(), on_start, on_end);
  XML_SetEntityDeclHandler(parser.get(), on_entity);
  XML_SetSkippedEntityHandler(parser.get(), on_skipped_entity);
  XML_SetExternalEntityRefHandler(parser.get(), on_external_entity);
  XML_SetParamEntityParsing(parser.get(), XML_PARAM_ENTITY_PARSING_NEVER);
  const XML_Status status =
      XML_Parse(parser.get(), bytes.data(), static_cast<int>(bytes.size()), XML_TRUE);
  if (reading.failure) return fail(std::move(*reading.failure));
  if (status == XML_STATUS_OK) return {};
  return fail(Error{
      .code = codes::bad_report,
      .message =
          fmt::format("not well-formed XML: {}", XML_ErrorString(XML_GetErrorCode(parser.get()))),
      .mark = {.line = static_cast<uint32_t>(XML_GetCurrentLineNumber(parser.get())),
               .column = static_cast<uint32_t>(XML_GetCurrentColumnNumber(parser.get())) + 1}});
}

Result<XmlRoot> read_xml_root(std::string_view bytes) {
  std::optional<XmlRoot> root;
  const Error enough{.code = codes::internal, .message = "the first element has been seen"};
  const auto done = read_xml(bytes, {.start = [&](const XmlElement& element) -> Result<> {
                               root.emplace().name = element.name;
                               for (const char** at = element.attributes; *at != nullptr; at += 2) {
                                 root->attributes.emplace(local_name(at[0]), at[1]);
                               }
                               return fail(enough);
                             }});
  if (root) return std::move(*root);
  return fail(done ? enough : done.error());
}

}  // namespace tollgate::evidence
