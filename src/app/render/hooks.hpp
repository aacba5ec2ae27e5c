// Integrations, the questions of their senders that wait, and what could not be told outside.
#pragma once

#include "engine/engine.hpp"
#include "foundation/doc/node.hpp"

#include <functional>

namespace tollgate::render {

/// {integrations: [{integration, sender, address, ...}], questions: [...], pending: [...],
/// given_up: [...]}. `complete` adds to an integration's object what the caller knows of it.
doc::Node hooks_json(const engine::Engine& engine,
                     const std::function<void(doc::Node& integration)>& complete);

}  // namespace tollgate::render
