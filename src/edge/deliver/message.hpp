// What a notification says to a person, whatever target carries it: taken from the record alone.
#pragma once

#include "engine/ports/deliverer.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::deliver {

struct Message {
  enum class Kind { fired, resolved, notice };
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  Kind kind = Kind::notice;
  std::string key;       // the same when it fires and when it is resolved
  std::string title;     // one line
  std::string text;      // figures in words; may be empty
  std::string severity;  // page, ticket, ...: the policy's word
  std::string source;    // "checkout/availability"
  std::string component = {};
  std::string group = {};  // the cause
  Time starts;
  std::optional<Time> ends = {};  // resolved
  Pairs labels = {};              // who it is about; the same when it fires and when it is resolved
  Pairs details = {};             // figures
};

/// Errors: those of decode_event for a record that cannot be read.
Result<Message> message_of(const engine::Notification& notification);

/// Whether a severity of a policy wakes somebody up: anything but ticket, warning, info and low.
bool is_urgent(std::string_view severity);

}  // namespace tollgate::deliver
