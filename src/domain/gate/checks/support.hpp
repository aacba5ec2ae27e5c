// What the checks share: parameters, needs, the reasons of every check over signals, and sentences
// about quantities.
#pragma once

#include "domain/gate/check.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <string>

namespace tollgate::gate {

/// Reads `with` as parameters of type P. Absent `with` means all defaults.
template <class P>
Result<std::shared_ptr<const P>> read_parameters(const doc::Node& with) {
  if (with.is_null()) return std::make_shared<const P>();
  TOLLGATE_TRY(P parameters, reflect::decode<P>(with));
  return std::make_shared<const P>(std::move(parameters));
}

/// CheckDef::validate of parameters of type P.
template <class P>
void validate_parameters(const doc::Node& with, Problems& problems) {
  P parameters{};
  if (!with.is_null()) reflect::decode(reflect::type_of<P>(), with, &parameters, {}, problems);
}

/// The build's report, and the report of the last released version if `has_baseline`.
std::vector<Need> report_needs(model::ReportKind kind, bool has_baseline);

/// The SLO of a place as it holds in its environment. Errors: bad_value for an SLO that cannot be
/// evaluated.
Result<slo::Resolved> slo_at(const CheckPlace& place);
/// "84.1 %", "12", "3 min 6 s", "14.4x".
std::string quantity_text(const model::Quantity& quantity);
/// "84.1 %, needs at least 80 %".
std::string comparison_text(const model::CheckRecord& record);

/// True if the reading is no evidence because of a doubt; `finding` is then complete.
bool refuse_doubt(const model::Reading& reading, Finding& finding);
/// The reasons for which no check over signals answers: those of a doubt, source_failed, no_data,
/// stale (older than `max_age`). Sets finding.age_ms; true if `finding` is complete.
bool refuse_reading(const Fact& fact, Duration max_age, Time now, Finding& finding);
/// Words for those reasons and for thin; empty for a check's own reasons.
std::string shared_words(const model::CheckRecord& record);
std::vector<std::string> shared_remedies(const model::CheckRecord& record);

}  // namespace tollgate::gate
