// What went wrong of late with the counters of each SLO: who was told apart by nobody, who started
// again and again, who does not answer. Kept over restarts, bounded, forgotten soon after it
// stopped. Not thread-safe.
#pragma once

#include "domain/slo/trust.hpp"
#include "edge/cells/series_key.hpp"
#include "edge/intake/router.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::intake {

class FaultBook {
 public:
  /// Counters with troubles at the same time; further ones are not noted.
  static constexpr size_t kCountersMax = 20'000;

  /// `series` of cells is this one, from now on.
  void name_series(uint32_t series, const cells::SeriesKey& key);
  void note(const Fault& fault, std::string_view source);
  /// Why the counts of an SLO are not to be trusted at `now`; the worst of its doubts.
  std::optional<model::Doubt> find(std::string_view slo, std::string_view environment,
                                   Time now) const;
  /// Doubts that a source causes at `now`, each SLO once.
  struct Named {
    std::string slo;
    model::Doubt doubt;
  };
  std::vector<Named> of_source(std::string_view source, Time now) const;
  bool is_empty() const { return counters_.empty(); }

  /// Opaque, and back; what is over is left out. Errors: false for bytes that save() did not write.
  std::string save() const;
  bool load(std::string_view bytes);

 private:
  struct Place {
    std::string slo;
    std::string environment;
    uint64_t counter = 0;
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  struct Entry {
    std::string source;
    slo::CounterTrouble trouble;
  };
  void forget_old();

  std::vector<cells::SeriesKey> keys_;  // by series
  std::map<Place, Entry> counters_;
  Time newest_ = {};
  Time nothing_ends_before_ = {};  // no entry is to be forgotten until then
};

}  // namespace tollgate::intake
