// Queue: how many releases may go at once through a place, and who is next.
#pragma once

#include "domain/model/kinds/release_policy.hpp"

namespace tollgate::model {

/// Who is next among those who wait. The strict ones (oldest_first, newest_first) wait for the next
/// in order also while that one is not ready.
enum class QueueMode { oldest_first, unordered, newest_first, newest_ready_first, priority };

/// What an emergency does: waits like the others, goes first, or ends the youngest other lease.
enum class QueueEmergency { wait, first, pre_empt };

struct Queue {
  std::string name;
  Labels labels;
  std::string description;
  Selector selects;
  QueueMode mode = QueueMode::oldest_first;
  int64_t capacity = 1;
  Duration lease = minutes(30);
  QueueEmergency emergency = QueueEmergency::first;
};
const KindDef& queue_kind();

inline constexpr int64_t kQueueCapacityMax = 1000;

}  // namespace tollgate::model

namespace tollgate::reflect {

template <>
struct EnumNames<model::QueueMode> {
  static constexpr std::array<std::string_view, 5> names = {
      "oldest_first", "unordered", "newest_first", "newest_ready_first", "priority"};
};
template <>
struct EnumNames<model::QueueEmergency> {
  static constexpr std::array<std::string_view, 3> names = {"wait", "first", "pre_empt"};
};
template <>
struct Reflect<model::Queue> {
  static constexpr std::string_view name = "Queue";
  static constexpr std::array fields = {
      field<&model::Queue::description>("description", "What the queue protects.",
                                        {.size_max = model::kDescriptionSizeMax}),
      field<&model::Queue::selects>("selects", "Releases that go through it."),
      field<&model::Queue::mode>(
          "mode",
          "Who is next: oldest_first, unordered (the oldest that is ready), newest_first, "
          "newest_ready_first or priority (then the oldest)."),
      field<&model::Queue::capacity>("capacity", "Leases at one time.",
                                     {.min = 1, .max = model::kQueueCapacityMax}),
      field<&model::Queue::lease>("lease", "How long a lease lasts without a heartbeat.",
                                  {.min = 10'000, .max = 86'400'000 * 7LL, .example = "30m"}),
      field<&model::Queue::emergency>(
          "emergency", "What a change of class emergency does: wait, first or pre_empt.")};
};

}  // namespace tollgate::reflect
