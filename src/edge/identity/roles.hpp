// Who may do what. Five roles, each a fixed set of actions; a subject with several roles may do
// what any of them may.
#pragma once

#include "foundation/reflect/type_info.hpp"

#include <array>
#include <span>
#include <string_view>

namespace tollgate::identity {

enum class Role { reader, ci, approver, admin, pusher };

/// What the API tells apart. `read`: look at anything. `gate`: ask for a verdict. `record`: hand in
/// evidence, releases and files of signals. `apply`: change the policy in force. `administer`:
/// tokens and settings. `push`: send signals as they happen.
enum class Action { read, gate, record, apply, administer, push };

/// True if one of the roles allows the action.
///   reader: read · ci: read, gate, record, push · approver: read, gate, apply · pusher: push
///   admin: everything
bool authorise(std::span<const Role> roles, Action action);

/// "reader", ... Errors of parse_role: unknown_name.
std::string_view role_name(Role role);
std::string_view action_name(Action action);
Result<Role> parse_role(std::string_view name);

}  // namespace tollgate::identity

namespace tollgate::reflect {
template <>
struct EnumNames<identity::Role> {
  static constexpr std::array<std::string_view, 5> names = {"reader", "ci", "approver", "admin",
                                                            "pusher"};
};
template <>
struct EnumNames<identity::Action> {
  static constexpr std::array<std::string_view, 6> names = {"read",  "gate",       "record",
                                                            "apply", "administer", "push"};
};
}  // namespace tollgate::reflect
