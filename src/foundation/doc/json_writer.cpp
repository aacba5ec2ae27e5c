#include "foundation/doc/json_writer.hpp"

#include "foundation/doc/canonical.hpp"
#include "foundation/doc/json.hpp"

#include <charconv>

namespace tollgate::doc {

std::string& JsonWriter::value() {
  if (needs_comma_) out_ += ',';
  needs_comma_ = true;
  return out_;
}

JsonWriter& JsonWriter::open(char bracket) {
  value() += bracket;
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  out_ += bracket;
  needs_comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  value() += '"';
  out_ += name;
  out_ += "\":";
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::text(std::string_view text) {
  append_quoted(value(), text);
  return *this;
}

JsonWriter& JsonWriter::integer(int64_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof(digits), number).ptr;
  value().append(digits, end);
  return *this;
}

JsonWriter& JsonWriter::number(double number) {
  append_number(value(), number);
  return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  value() += json;
  return *this;
}

}  // namespace tollgate::doc
