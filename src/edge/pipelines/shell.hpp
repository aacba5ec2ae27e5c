// Commands of a shell script, as far as finding words in them needs it.
#pragma once

#include "edge/pipelines/pipeline.hpp"

namespace tollgate::pipelines {

inline constexpr size_t kCommandsMax = 20'000;

/// The commands in their order, without comments, with continued lines joined,
/// separated at ; && || | and line ends outside of quotes; leading assignments
/// and words such as sudo and then are taken off. Lines count from 1 within the
/// script. Commands that only print are left out.
std::vector<Command> shell_commands(std::string_view script);

}  // namespace tollgate::pipelines
