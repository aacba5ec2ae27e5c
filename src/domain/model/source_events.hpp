// What people say about the sources of signals, as the ledger keeps it. Each is an alternative of
// EventData.
#pragma once

#include "foundation/reflect/type_info.hpp"

#include <optional>
#include <string>

namespace tollgate::model {

inline constexpr size_t kSourceNameMax = 200;
inline constexpr size_t kSourceReasonMax = 1000;

/// source.quarantined@1: what comes from a source proves nothing until it is released, or until
/// `until`. Takes the place of an earlier one of the same source that is still in force.
struct SourceQuarantined {
  std::string source = {};  // DataSource, or who pushes
  std::string reason = {};
  std::optional<Time> until = {};  // ends by itself at this time; none: until it is released
};

/// source.released@1: a quarantine ended before its time.
struct SourceReleased {
  std::string source = {};
  std::string reason = {};
};

}  // namespace tollgate::model

namespace tollgate::reflect {

template <>
struct Reflect<model::SourceQuarantined> {
  static constexpr std::string_view name = "source.quarantined";
  static constexpr std::array fields = {
      field<&model::SourceQuarantined::source>(
          "source", "DataSource, or who pushes.",
          {.is_required = true, .size_max = model::kSourceNameMax}),
      field<&model::SourceQuarantined::reason>(
          "reason", "Why.", {.is_required = true, .size_max = model::kSourceReasonMax}),
      field<&model::SourceQuarantined::until>("until", "Ends by itself at this time.")};
};
template <>
struct Reflect<model::SourceReleased> {
  static constexpr std::string_view name = "source.released";
  static constexpr std::array fields = {
      field<&model::SourceReleased::source>(
          "source", "DataSource, or who pushes.",
          {.is_required = true, .size_max = model::kSourceNameMax}),
      field<&model::SourceReleased::reason>("reason", "Why.",
                                            {.size_max = model::kSourceReasonMax})};
};

}  // namespace tollgate::reflect
