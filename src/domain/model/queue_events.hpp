// What happens in queues, as the ledger keeps it. Each is an alternative of EventData.
#pragma once

#include "domain/model/request.hpp"

#include <optional>

namespace tollgate::model {

/// queue.joined@1. The ticket is "q" and the position of this record.
struct QueueJoined {
  std::string queue = {};
  std::string service = {};
  std::string environment = {};
  std::string version = {};
  ChangeClass change_class = ChangeClass::normal;
  int64_t priority = 0;
  bool is_ready = true;
  std::string parent = {};  // ticket that waits for this one to end
};

/// queue.moved@1: another priority, or ready now.
struct QueueMoved {
  std::string ticket = {};
  std::optional<int64_t> priority = {};
  std::optional<bool> is_ready = {};
};

/// queue.left@1: the ticket is no more; a lease of it has ended with it.
struct QueueLeft {
  std::string ticket = {};
  std::string reason = {};
};

/// lease.granted@1. The fencing token is the position of this record, so that it only grows.
struct LeaseGranted {
  std::string queue = {};
  std::string ticket = {};
  int64_t token = 0;
  Time until;
};

/// lease.renewed@1: a heartbeat that came when a third of the lease was over.
struct LeaseRenewed {
  std::string ticket = {};
  int64_t token = 0;
  Time until;
};

enum class LeaseEnd { expired, pre_empted };

/// lease.ended@1: not by leaving. An expired ticket is no more, a pre-empted one waits again.
struct LeaseEnded {
  std::string ticket = {};
  int64_t token = 0;
  LeaseEnd result = LeaseEnd::expired;
  std::string by = {};  // ticket that pre-empted it
};

}  // namespace tollgate::model

namespace tollgate::reflect {

template <>
struct Reflect<model::QueueJoined> {
  static constexpr std::string_view name = "queue.joined";
  static constexpr std::array fields = {
      field<&model::QueueJoined::queue>("queue", "Queue.", {.is_required = true, .size_max = 200}),
      field<&model::QueueJoined::service>("service", "Service.",
                                          {.is_required = true, .size_max = 200}),
      field<&model::QueueJoined::environment>("environment", "Environment.",
                                              {.is_required = true, .size_max = 200}),
      field<&model::QueueJoined::version>("version", "Version.",
                                          {.is_required = true, .size_max = 200}),
      field<&model::QueueJoined::change_class>("change_class", "Kind of change."),
      field<&model::QueueJoined::priority>("priority", "Higher goes first in mode priority.",
                                           {.min = -1000, .max = 1000}),
      field<&model::QueueJoined::is_ready>("ready", "Whether it could go now."),
      field<&model::QueueJoined::parent>("parent", "Ticket that waits for this one.",
                                         {.size_max = 50})};
};
template <>
struct Reflect<model::QueueMoved> {
  static constexpr std::string_view name = "queue.moved";
  static constexpr std::array fields = {
      field<&model::QueueMoved::ticket>("ticket", "Ticket."),
      field<&model::QueueMoved::priority>("priority", "New priority.", {.min = -1000, .max = 1000}),
      field<&model::QueueMoved::is_ready>("ready", "Whether it could go now.")};
};
template <>
struct Reflect<model::QueueLeft> {
  static constexpr std::string_view name = "queue.left";
  static constexpr std::array fields = {
      field<&model::QueueLeft::ticket>("ticket", "Ticket."),
      field<&model::QueueLeft::reason>("reason", "Why.", {.size_max = 1000})};
};
template <>
struct Reflect<model::LeaseGranted> {
  static constexpr std::string_view name = "lease.granted";
  static constexpr std::array fields = {
      field<&model::LeaseGranted::queue>("queue", "Queue."),
      field<&model::LeaseGranted::ticket>("ticket", "Ticket."),
      field<&model::LeaseGranted::token>("token", "Fencing token.", {.min = 0}),
      field<&model::LeaseGranted::until>("until", "When it ends without a heartbeat.")};
};
template <>
struct Reflect<model::LeaseRenewed> {
  static constexpr std::string_view name = "lease.renewed";
  static constexpr std::array fields = {
      field<&model::LeaseRenewed::ticket>("ticket", "Ticket."),
      field<&model::LeaseRenewed::token>("token", "Fencing token.", {.min = 0}),
      field<&model::LeaseRenewed::until>("until", "When it ends without a heartbeat.")};
};
template <>
struct EnumNames<model::LeaseEnd> {
  static constexpr std::array<std::string_view, 2> names = {"expired", "pre_empted"};
};
template <>
struct Reflect<model::LeaseEnded> {
  static constexpr std::string_view name = "lease.ended";
  static constexpr std::array fields = {
      field<&model::LeaseEnded::ticket>("ticket", "Ticket."),
      field<&model::LeaseEnded::token>("token", "Fencing token.", {.min = 0}),
      field<&model::LeaseEnded::result>("result", "How it ended."),
      field<&model::LeaseEnded::by>("by", "Ticket that pre-empted it.")};
};

}  // namespace tollgate::reflect
