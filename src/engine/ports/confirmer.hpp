// How facts are confirmed: the API of the sender is asked whether it says the same. One
// implementation in edge/vendors; fakes in tests and simulation.
#pragma once

#include "domain/model/kinds/integration.hpp"
#include "domain/model/observation.hpp"
#include "foundation/base/error.hpp"

namespace tollgate::engine {

class Confirmer {
 public:
  virtual ~Confirmer() = default;
  /// The fact as the API of `integration` tells it, once asked; may block up to its timeout. Safe
  /// from any thread.
  /// Errors: contradicted if the API says something else (no retry helps); bad_value if it cannot
  /// be asked at all; all others are worth a retry.
  virtual Result<model::Observation> confirm(const model::Integration& integration,
                                             const model::Observation& observation) = 0;
};

}  // namespace tollgate::engine
