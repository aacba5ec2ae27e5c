// JSON written as it is known, without a tree: for answers on the hot path. Members keep the order
// of the calls. The caller closes what it opens and names each member once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate::doc {

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  /// The name of the member whose value comes next. `name` needs no escapes (asserted nowhere: it
  /// is a literal of the program).
  JsonWriter& key(std::string_view name);

  JsonWriter& text(std::string_view value);
  JsonWriter& text_or_null(std::string_view value) { return value.empty() ? null() : text(value); }
  JsonWriter& integer(int64_t value);
  /// A finite number, as ECMAScript prints it.
  JsonWriter& number(double value);
  JsonWriter& boolean(bool value) { return raw(value ? "true" : "false"); }
  JsonWriter& null() { return raw("null"); }
  /// A value that is JSON already.
  JsonWriter& raw(std::string_view json);
  /// For writers of whole values: separates from what stands before, and gives the text to append
  /// to.
  std::string& value();

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);

  std::string& out_;
  bool needs_comma_ = false;
};

}  // namespace tollgate::doc
