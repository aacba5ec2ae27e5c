// What a pipeline file says, whatever its dialect: jobs with steps in their
// order, what must be done before, and which gates a step is. Nothing is judged
// here.
#pragma once

#include "foundation/base/error.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::pipelines {

/// What a step does to the world: changes what runs somewhere, or makes an
/// artifact available.
enum class Action { deploy, publish };

/// What is asked before, strongest first.
enum class Gate {
  tollgate,     // `tollgate gate`, or its HTTP interface
  environment,  // a protected environment of the CI system; its rules stand
                // outside the file
  analysis,     // metrics judged by the roll-out itself
  person,       // somebody clicks
};

/// A command with the line that it begins on.
struct Command {
  std::string text = {};
  uint32_t line = 0;
  bool ignores_failure = false;  // `|| true`
};

struct Step {
  std::string name = {};
  uint32_t line = 0;
  std::vector<Command> commands = {};              // of a shell
  std::vector<Command> code = {};                  // of Groovy
  std::string uses = {};                           // an action, an orb, a shared library's step
  std::map<std::string, std::string> inputs = {};  // of what it uses
  std::string calls = {};                          // path of a file that is run here
  bool ignores_failure = false;
  std::optional<Gate> gate = {};      // known from the dialect
  std::optional<Action> action = {};  // known from the dialect
  std::string what = {};              // in words, for `action`
};

struct Job {
  std::string name = {};
  uint32_t line = 0;
  std::vector<Step> steps = {};
  std::vector<std::string> needs = {};  // jobs that end well before this one begins
  std::optional<Gate> gate = {};        // of the whole job: an environment, a person
  bool ignores_failure = false;
};

struct Pipeline {
  std::string file = {};
  std::string_view dialect = {};
  std::vector<Job> jobs = {};
  bool is_only_called = false;  // runs only from other files
};

}  // namespace tollgate::pipelines
