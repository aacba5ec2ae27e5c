// Integrations, the questions of their senders that wait, and what could not be told outside.
#pragma once

#include "engine/engine.hpp"
#include "foundation/doc/node.hpp"

#include <functional>

namespace tollgate::render {

/// {integrations: [{integration, sender, address, ...}], questions: [...], pending: [...],
/// given_up: [...], targets: [...], unconfirmed: {...}}. `complete` adds to an integration's object
/// what the caller knows of it.
doc::Node hooks_json(const engine::Engine& engine,
                     const std::function<void(doc::Node& integration)>& complete);

/// {targets: [{target, state, pending, delivered, dead_letters, failures, last_success,
/// last_failure, held_until, last_error}]}; state: good, failing, held_back or new.
doc::Node targets_json(const engine::Engine& engine);
/// {waiting: [...], not_confirmed: [{..., result, attempts, reason, ended}]}: facts that wait for
/// their sender's API, and those that it did not confirm.
doc::Node unconfirmed_json(const engine::Engine& engine);

}  // namespace tollgate::render
