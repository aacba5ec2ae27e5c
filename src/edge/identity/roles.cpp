#include "edge/identity/roles.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/reflect/reflect.hpp"

#include <algorithm>

namespace tollgate::identity {
namespace {

bool allows(Role role, Action action) {
  switch (role) {
    case Role::admin:
      return true;
    case Role::approver:
      return action == Action::read || action == Action::gate || action == Action::apply;
    case Role::ci:
      return action == Action::read || action == Action::gate || action == Action::record ||
             action == Action::push;
    case Role::pusher:
      return action == Action::push;
    case Role::reader:
      return action == Action::read;
  }
  return false;
}

}  // namespace

bool authorise(std::span<const Role> roles, Action action) {
  return std::any_of(roles.begin(), roles.end(), [&](Role role) { return allows(role, action); });
}

std::string_view role_name(Role role) { return reflect::enum_name(role); }
std::string_view action_name(Action action) { return reflect::enum_name(action); }

Result<Role> parse_role(std::string_view name) {
  const auto& names = reflect::EnumNames<Role>::names;
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<Role>(found - names.begin());
  const std::vector<std::string> known(names.begin(), names.end());
  return fail(codes::unknown_name, "\"{}\" is not a role; known are {}{}", name, join(known, ", "),
              did_you_mean(name, known));
}

}  // namespace tollgate::identity
