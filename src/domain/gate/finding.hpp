// What a check answers: a small value without allocation, so that a thousand verdicts can be
// re-judged in a millisecond.
#pragma once

#include "domain/model/verdict.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace tollgate::gate {

inline constexpr size_t kFiguresMax = 12;

/// The answer of one check. `reason` and `detail` borrow from static text, the parameters or the
/// facts.
struct Finding {
  model::CheckState state = model::CheckState::unknown;
  bool is_error = false;  // unknown because something broke, not because data is missing or thin
  std::string_view reason = {};
  std::string_view detail = {};
  model::Quantity observed = {};
  model::Quantity needed = {};
  model::Relation relation = model::Relation::at_least;
  bool holds = false;        // with fail: for now; time or a person lifts it
  int64_t retry_at_ms = -1;  // with holds: when asking again may help; below 0: not known
  int64_t age_ms = -1;       // of the newest datum; below 0: not applicable
  int need = -1;             // which of the check's needs decided, for the source; below 0: none
  std::array<int64_t, kFiguresMax> figures = {};
  uint8_t figure_count = 0;

  Finding& with_figures(std::initializer_list<int64_t> values) {
    for (int64_t value : values) figures[figure_count++] = value;
    return *this;
  }
};

inline Finding unknown(std::string_view reason) { return {.reason = reason}; }
inline Finding broken(std::string_view reason, std::string_view detail) {
  return {.is_error = true, .reason = reason, .detail = detail};
}

}  // namespace tollgate::gate
