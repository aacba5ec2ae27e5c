// Logs with one JSON object a line, read as LogFormat reads its lines. Names of time, status and
// duration are those of `signal import --format json`. Every byte is untrusted. Not thread-safe.
#pragma once

#include "edge/ingest/log_format.hpp"

namespace tollgate::ingest {

class JsonLines {
 public:
  /// The names that were asked for.
  const std::vector<std::string>& fields() const { return fields_; }
  /// The number of a member; a line that lacks it has the empty text. "a.b" is member b of member
  /// a.
  size_t find(std::string_view name);
  /// Only what find() was asked for is looked at in any case.
  void want(std::span<const size_t>) {}
  bool has_status() const { return true; }
  bool has_duration() const { return true; }

  /// The values live until the next line.
  Refusal read(std::string_view line, LineHead& head, std::span<std::string_view> values);

 private:
  std::vector<std::string> fields_;
  std::vector<std::string> texts_;
};

/// The event of a line that carries one request.
Refusal event_of(const LineHead& head, const Classifier& classifier, LineEvent& event);

/// Lines of a format of one's own.
class PatternLogParser {
 public:
  PatternLogParser(const Classifier& classifier, LogFormat format)
      : classifier_(classifier), format_(std::move(format)), values_(format_.fields().size()) {
    format_.want({});
  }
  Refusal parse(std::string_view line, LineEvent& event) {
    LineHead head;
    const Refusal refusal = format_.read(line, head, values_);
    return refusal.empty() ? event_of(head, classifier_, event) : refusal;
  }

 private:
  const Classifier& classifier_;
  LogFormat format_;
  std::vector<std::string_view> values_;  // of the line that is read
};

class JsonLogParser {
 public:
  explicit JsonLogParser(const Classifier& classifier) : classifier_(classifier) {}
  Refusal parse(std::string_view line, LineEvent& event);

 private:
  const Classifier& classifier_;
  JsonLines lines_;
};

}  // namespace tollgate::ingest
