// JSON written as it is known, without a tree: for answers and records on the hot path. Members
// keep the order of the calls. The caller closes what it opens and names each member once.
#pragma once

#include "foundation/base/digest.hpp"
#include "foundation/base/time.hpp"

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace tollgate::doc {

class JsonWriter {
 public:
  /// Appends to `out`, which holds the text once the writer is gone and must not be touched before.
  explicit JsonWriter(std::string& out);
  ~JsonWriter();
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  /// The name of the member whose value comes next: a literal without anything to escape.
  template <size_t size>
  JsonWriter& key(const char (&name)[size]) {
    char* to = room(size + 3);
    if (needs_comma_) *to++ = ',';
    *to++ = '"';
    std::memcpy(to, name, size - 1);
    to += size - 1;
    *to++ = '"';
    *to++ = ':';
    at_ = to;
    needs_comma_ = false;
    return *this;
  }

  JsonWriter& text(std::string_view value);
  /// A text of the program's own that surely needs no escapes, such as an enumerator's name.
  JsonWriter& word(std::string_view value) {
    char* to = value_room(value.size() + 2);
    *to++ = '"';
    std::memcpy(to, value.data(), value.size());
    to += value.size();
    *to++ = '"';
    at_ = to;
    return *this;
  }
  JsonWriter& text_or_null(std::string_view value) { return value.empty() ? null() : text(value); }
  JsonWriter& integer(int64_t value);
  /// amount / 10^places without needless zeros, as ECMAScript prints that number: decimal(841000,
  /// 6) writes 0.841. 0 <= places <= 6.
  JsonWriter& decimal(int64_t amount, int places);
  JsonWriter& boolean(bool value) { return raw(value ? "true" : "false"); }
  JsonWriter& null() { return raw("null"); }
  /// The quoted text of a time or a digest.
  JsonWriter& time(Time value);
  JsonWriter& digest(const Digest& value);
  /// A value that is JSON already.
  JsonWriter& raw(std::string_view json) {
    char* to = value_room(json.size());
    std::memcpy(to, json.data(), json.size());
    at_ = to + json.size();
    return *this;
  }
  /// The beginning of an object up to the colon of a member, whose value comes next.
  JsonWriter& begin_raw(std::string_view json) {
    raw(json);
    needs_comma_ = false;
    return *this;
  }

 private:
  JsonWriter& open(char bracket) {
    char* to = room(2);
    if (needs_comma_) *to++ = ',';
    *to++ = bracket;
    at_ = to;
    needs_comma_ = false;
    return *this;
  }
  JsonWriter& close(char bracket) {
    *room(1) = bracket;
    ++at_;
    needs_comma_ = true;
    return *this;
  }
  /// Where at least `size` characters can be written.
  char* room(size_t size) {
    if (static_cast<size_t>(end_ - at_) < size) grow(size);
    return at_;
  }
  /// Room for a value of at most `size` characters, behind the comma that it may need.
  char* value_room(size_t size) {
    char* to = room(size + 1);
    if (needs_comma_) *to++ = ',';
    needs_comma_ = true;
    return to;
  }
  JsonWriter& escaped(std::string_view value, char* to);
  void grow(size_t size);
  void hand_over();

  std::string& out_;  // [data, at_) is written; what stands behind belongs to nobody yet
  char* at_;
  char* end_;
  bool needs_comma_ = false;
};

}  // namespace tollgate::doc
