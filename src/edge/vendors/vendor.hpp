// What can be asked of the API of a sender: whether a fact that came unsigned is true, and what
// happened while nobody listened. A new one is one file with a VendorDef and one line in all.cpp.
#pragma once

#include "domain/model/kinds/integration.hpp"
#include "domain/model/observation.hpp"
#include "edge/deliver/target.hpp"
#include "engine/ports/confirmer.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::vendors {

using deliver::Outside;

/// Which deployments are wanted.
struct BackfillQuestion {
  std::string project = {};  // as the sender names it
  Time since = {};
  Time until = {};
  std::string cursor = {};  // where an earlier page ended; empty: from the beginning
};

/// One page of them, in the sender's own names.
struct BackfillPage {
  std::vector<model::Observation> records = {};
  std::string next = {};                  // where the next page begins; empty: that was all
  std::optional<Time> wait_until = {};    // the API wants no question before
  int64_t requests = 0;                   // made for this page
  std::vector<std::string> skipped = {};  // what could not be read, and why
};

struct VendorDef {
  model::Sender sender;
  std::string_view doc;  // what is asked, one sentence
  /// The fact as the API tells it. Errors: as Confirmer::confirm. Null: its facts cannot be
  /// confirmed.
  Result<model::Observation> (*confirm)(const model::Integration& integration,
                                        const model::Observation& observation,
                                        const Outside& outside) = nullptr;
  /// Errors: bad_value for what no retry mends; those of HttpClient. Null: there is nothing to
  /// fetch.
  Result<BackfillPage> (*backfill)(const model::Integration& integration,
                                   const BackfillQuestion& question,
                                   const Outside& outside) = nullptr;
};

/// Every vendor with an API, sorted by sender.
std::span<const VendorDef* const> all_vendors();
/// Null if there is none for the sender.
const VendorDef* vendor_of(model::Sender sender);

/// Whether facts of this kind wait for the sender's API where an Integration says `confirm`:
/// deployments, runs of pipelines and alerts of senders whose API can be asked.
bool must_confirm(const model::Integration& integration, const model::Observation& observation);

/// Asks the API that the integration of a fact names. Safe from any thread.
class Apis : public engine::Confirmer {
 public:
  explicit Apis(const Outside& outside) : outside_(outside) {}
  Result<model::Observation> confirm(const model::Integration& integration,
                                     const model::Observation& observation) override;
  /// One page of what happened. Errors: bad_value for a sender without such an API.
  Result<BackfillPage> backfill(const model::Integration& integration,
                                const BackfillQuestion& question);

 private:
  const Outside outside_;
};

}  // namespace tollgate::vendors
