// The worlds that every journey is played in.
#pragma once

#include "runner/world.hpp"

#include <memory>
#include <string>

namespace tollgate::journeys {

/// The engine in this process, on real stores in `directory`, all on one thread.
Result<std::unique_ptr<World>> make_engine_world(const std::string& directory);
/// A server on a free loopback port, asked by the command line with --server.
Result<std::unique_ptr<World>> make_server_world(const std::string& directory);
/// The binary at `program`, one process for each step, on a data directory of its own.
Result<std::unique_ptr<World>> make_binary_world(const std::string& directory,
                                                 const std::string& program);

}  // namespace tollgate::journeys
