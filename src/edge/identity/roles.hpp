// Who may do what. Four roles, each a fixed set of actions; a subject with several roles may do
// what any of them may.
#pragma once

#include "foundation/reflect/type_info.hpp"

#include <array>
#include <span>
#include <string_view>

namespace tollgate::identity {

enum class Role { reader, ci, approver, admin };

/// What the API tells apart. `read`: look at anything. `gate`: ask for a verdict. `record`: hand in
/// evidence, releases and signals. `apply`: change the policy in force. `administer`: tokens and
/// settings.
enum class Action { read, gate, record, apply, administer };

/// True if one of the roles allows the action.
///   reader: read · ci: read, gate, record · approver: read, gate, apply · admin: everything
bool authorise(std::span<const Role> roles, Action action);

/// "reader", ... Errors of parse_role: unknown_name.
std::string_view role_name(Role role);
std::string_view action_name(Action action);
Result<Role> parse_role(std::string_view name);

}  // namespace tollgate::identity

namespace tollgate::reflect {
template <>
struct EnumNames<identity::Role> {
  static constexpr std::array<std::string_view, 4> names = {"reader", "ci", "approver", "admin"};
};
template <>
struct EnumNames<identity::Action> {
  static constexpr std::array<std::string_view, 5> names = {"read", "gate", "record", "apply",
                                                            "administer"};
};
}  // namespace tollgate::reflect
