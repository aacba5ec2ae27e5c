// The interface of a check: what it needs, how it judges, how it says so. One check is one file in
// checks/ and one line in checks/all.cpp. A check never changes its meaning: new meaning is a new
// version beside the old one.
#pragma once

#include "domain/gate/finding.hpp"
#include "domain/model/bundle.hpp"
#include "domain/model/calendar_reading.hpp"
#include "domain/model/evidence.hpp"
#include "domain/model/reading.hpp"
#include "domain/slo/resolve.hpp"
#include "foundation/reflect/reflect.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tollgate::gate {

/// What a check wants to know. Equal needs of one gate are collected once.
struct Need {
  enum class Kind {
    reading,
    candidate_report,
    baseline_report,
    calendar,
    lease,
    release_before,
    upstream,
    artifact,
    under_way
  } kind = Kind::reading;
  // reading: counts of this SLO over the window that ends at the moment of the decision
  slo::Objective objective = {};
  slo::Indicator indicator = {};
  Duration window = {};  // rolling span; 0: the objective's own window
  // reports
  model::ReportKind report = model::ReportKind::coverage;
  std::string queue = {};        // lease: of this queue
  std::string service = {};      // upstream: whether it holds a lease for the same environment
  std::string environment = {};  // release_before: whether the version was there
  friend bool operator==(const Need&, const Need&) = default;
};

/// Counts of an SLO over the rolling `window` that ends at the decision; 0: over the SLO's own
/// window.
Need reading_need(const slo::Resolved& slo, Duration window);
/// The length of the span that a reading need asks for.
Duration need_window(const Need& need);

/// A report of the ledger.
struct RecordedReport {
  int64_t position = 0;
  Time time;
  std::string version;
  std::string commit;
  model::Report report;
};

/// The ticket or lease of a release in a queue.
struct LeaseFact {
  std::string queue = {};
  int64_t ticket = -1;  // position of its queue.joined; below 0: it has not joined
  int64_t token = 0;    // fencing token; 0: it has no lease
  Time until = {};
};

/// Whether a version was in another environment.
struct ReleaseFact {
  std::string environment = {};
  int64_t position = -1;  // of the record that says so; below 0: it was not
  Time since = {};
  bool is_gone = false;  // it failed there, or was rolled back
};

/// A statement of the ledger about an artifact.
struct RecordedProvenance {
  int64_t position = 0;
  Time time = {};
  model::Provenance provenance = {};
};

/// The artifact that a release asks for, and what is known of it.
struct ArtifactFact {
  std::string digest = {};  // "sha256:..."; empty: the request names none
  std::string commit = {};  // of the release, as asked or as its evidence says; may be empty
  std::span<const RecordedProvenance> statements = {};  // about that digest, oldest first
};

/// Whether the release is on its way into this environment already.
struct UnderWayFact {
  enum class By { nothing, deployment, lease, verdict } by = By::nothing;
  int64_t position = -1;  // of the record that says so
  Time since = {};
};

/// What is known about one need; at most one pointer is set. All null: nothing is known.
struct Fact {
  const model::Reading* reading = nullptr;
  const RecordedReport* report = nullptr;
  const model::CalendarReading* calendar = nullptr;
  const LeaseFact* lease = nullptr;
  const ReleaseFact* release = nullptr;
  const ArtifactFact* artifact = nullptr;
  const UnderWayFact* under_way = nullptr;
};

/// What a check may depend on beyond its parameters and facts.
struct CheckInput {
  std::span<const Fact> facts;       // of the whole gate
  std::span<const uint32_t> places;  // where this check's needs stand in `facts`
  Time now = {};

  const Fact& fact(size_t need) const { return facts[places[need]]; }
};

/// Where a check is being compiled for.
struct CheckPlace {
  const model::Bundle& bundle;
  const model::Service& service;
  const model::Environment& environment;
  const model::Tier* tier;                        // null: the service has none
  const model::ErrorBudgetPolicy* budget_policy;  // null: the tier names none
  model::ChangeClass change_class;
  const model::Slo*
      slo;  // the SLO that this instance is about; null for checks that are not per SLO
};

/// One instance of a check in a compiled gate.
struct CompiledCheck;

struct CheckDef {
  std::string_view name = {};           // "error-budget@1"
  std::string_view title = {};          // one line for catalogues
  std::string_view doc = {};            // what it looks at, when it passes, fails and is unknown
  std::string_view introduced_in = {};  // version of Tollgate
  std::vector<std::string_view> controls = {};  // families of controls it gives evidence for
  bool is_per_slo = false;  // without `slo`, one instance for each SLO of the service
  const reflect::TypeInfo& (*parameters)() = nullptr;
  std::string_view example = {};  // YAML of `with`

  /// Every problem of `with`, wherever it is used.
  void (*validate)(const doc::Node& with, Problems& problems) = nullptr;
  /// Parameters for one place and what they need. Errors: what is wrong with `with` there.
  Result<CompiledCheck> (*compile)(const doc::Node& with, const CheckPlace& place) = nullptr;
  /// Pure judgement over facts.
  Finding (*evaluate)(const void* parameters, const CheckInput& input) = nullptr;
  /// One sentence for a person, from the record alone.
  std::string (*words)(const model::CheckRecord& record) = nullptr;
  /// What would turn a record that did not pass into a pass; one sentence each, may be empty.
  std::vector<std::string> (*remedies)(const model::CheckRecord& record) = nullptr;
};

struct CompiledCheck {
  const CheckDef* def = nullptr;
  std::string subject = {};
  std::shared_ptr<const void> parameters;
  std::vector<Need> needs = {};
  std::vector<uint32_t> places = {};  // set by the gate: where each need stands in the gate's list
};

/// All checks, sorted by name.
std::span<const CheckDef* const> all_checks();
/// Null if there is none of that name ("coverage@1").
const CheckDef* find_check(std::string_view name);
std::vector<std::string> check_names();

}  // namespace tollgate::gate
