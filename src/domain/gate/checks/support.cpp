#include "domain/gate/checks/support.hpp"

#include <algorithm>
#include <cstdlib>

namespace tollgate::gate {
namespace {

std::optional<model::DoubtReason> doubt_of(std::string_view reason) {
  const auto& names = reflect::EnumNames<model::DoubtReason>::names;
  const auto found = std::find(names.begin(), names.end(), reason);
  if (found == names.end()) return std::nullopt;
  return static_cast<model::DoubtReason>(found - names.begin());
}

std::string doubt_remedy(model::DoubtReason reason) {
  switch (reason) {
    case model::DoubtReason::quarantined:
      return "repair the source, then release it: tollgate source release NAME";
    case model::DoubtReason::good_exceeds_total:
      return "correct the queries for good and total, so that one counts what the other does";
    case model::DoubtReason::duplicate_series:
      return "let one sender write each series, or tell them apart by a label";
    case model::DoubtReason::traffic_drop:
      return "find out where the traffic went; if it is gone for good, the next weeks show it";
    case model::DoubtReason::counter_resets:
      return "find out why the processes start again and again: what they count gets lost";
    case model::DoubtReason::target_down:
      return "bring the target back, or take it out of the source";
    case model::DoubtReason::clock_skew:
      break;
  }
  return "set the sender's clock right";
}

}  // namespace

std::vector<Need> report_needs(model::ReportKind kind, bool has_baseline) {
  std::vector<Need> needs = {{.kind = Need::Kind::candidate_report, .report = kind}};
  if (has_baseline) needs.push_back({.kind = Need::Kind::baseline_report, .report = kind});
  return needs;
}

Result<slo::Resolved> slo_at(const CheckPlace& place) {
  return slo::resolve(place.bundle, *place.slo, &place.environment);
}

std::string quantity_text(const model::Quantity& quantity) {
  switch (quantity.unit) {
    case model::Unit::ppm:
      return percent_text(quantity.amount);
    case model::Unit::count:
      return number_text(quantity.amount);
    case model::Unit::milliseconds:
      return duration_words({quantity.amount});
    case model::Unit::thousandths: {
      std::string text = std::to_string(quantity.amount / 1000);
      append_fraction(text, static_cast<uint64_t>(std::abs(quantity.amount % 1000)), 3);
      text += 'x';
      return text;
    }
    case model::Unit::none:
      break;
  }
  return "-";
}

std::string comparison_text(const model::CheckRecord& record) {
  if (!record.observed) return "";
  std::string text = quantity_text(*record.observed);
  if (!record.needed) return text;
  const char* relation = record.relation == model::Relation::at_least  ? "at least"
                         : record.relation == model::Relation::at_most ? "at most"
                                                                       : "below";
  return fmt::format("{}, needs {} {}", text, relation, quantity_text(*record.needed));
}

bool refuse_doubt(const model::Reading& reading, Finding& finding) {
  if (!reading.doubt) return false;
  finding.state = model::CheckState::unknown;
  finding.reason = reflect::enum_name(reading.doubt->reason);
  finding.detail = reading.doubt->detail;
  return true;
}

bool refuse_reading(const Fact& fact, Duration max_age, Time now, Finding& finding) {
  finding.state = model::CheckState::unknown;
  if (fact.reading == nullptr) {
    finding.reason = "no_data";
    return true;
  }
  const model::Reading& reading = *fact.reading;
  if (refuse_doubt(reading, finding)) return true;
  if (!reading.error.empty()) {
    finding.is_error = true;
    finding.reason = "source_failed";
    finding.detail = reading.error;
    return true;
  }
  // Without events ever there is no watermark, and so no age.
  if (reading.watermark.ms > 0) finding.age_ms = std::max<int64_t>(0, (now - reading.watermark).ms);
  if (reading.watermark.ms > 0 && finding.age_ms > max_age.ms) {
    finding.reason = "stale";
    finding.observed = {finding.age_ms, model::Unit::milliseconds};
    finding.needed = {max_age.ms, model::Unit::milliseconds};
    finding.relation = model::Relation::at_most;
    return true;
  }
  if (reading.total > 0 && reading.watermark.ms <= 0) {
    finding.reason = "no_watermark";
    return true;
  }
  if (reading.total == 0) {
    finding.reason = "no_data";
    return true;
  }
  return false;
}

std::string shared_words(const model::CheckRecord& record) {
  if (doubt_of(record.reason)) return concat({"the data is not trusted: ", record.detail});
  if (record.reason == "no_slo") return fmt::format("{} has no SLO to look at", record.subject);
  if (record.reason == "no_data") return fmt::format("there is no data for {}", record.subject);
  if (record.reason == "no_watermark") return "the source does not say how recent its data is";
  if (record.reason == "source_failed") return fmt::format("the source failed: {}", record.detail);
  if (record.reason == "stale" && record.observed && record.needed) {
    return fmt::format("the data is {} old, at most {} is trusted", quantity_text(*record.observed),
                       quantity_text(*record.needed));
  }
  if (record.reason == "thin" && record.figures.size() == 4) {  // sampled
    return fmt::format("a sample that is worth only {}: too few to say anything about {}",
                       count_text(record.figures[3], "event", "events"),
                       number_text(record.figures[2]));
  }
  if (record.reason == "thin" && record.figures.size() >= 3) {
    return fmt::format("only {} in the window: too few to say anything",
                       count_text(record.figures[2], "event", "events"));
  }
  return {};
}

std::vector<std::string> shared_remedies(const model::CheckRecord& record) {
  if (record.reason == "no_slo") return {"define an SLO for the service and apply the policy"};
  if (record.reason == "no_data")
    return {"connect or import a signal for this SLO: tollgate signal import FILE --slo " +
            record.subject};
  if (record.reason == "source_failed") return {"repair the source, then ask again"};
  if (const auto doubt = doubt_of(record.reason))
    return {doubt_remedy(*doubt), "look at the sources: tollgate source list"};
  if (record.reason == "stale") return {"bring the source up to date, then ask again"};
  if (record.reason == "thin") return {"wait for more events"};
  return {};
}

}  // namespace tollgate::gate
