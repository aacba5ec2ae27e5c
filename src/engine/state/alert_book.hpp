// Which alerts are on and who was told of them: the fold of alert events. Not thread-safe: part of
// the state and of the views.
#pragma once

#include "domain/model/events.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::engine {

struct OpenAlert {
  int64_t position = 0;  // of its alert.raised
  Time since;
  model::AlertRaised raised;
};

/// Alerts of one environment, cause and severity: one thing for the people who are told.
struct Incident {
  model::AlertIdentity lead = {};     // the alert that opened it
  int64_t position = 0;               // of the lead's alert.raised
  std::set<std::string> told = {};    // targets
  std::set<std::string> alerts = {};  // fingerprints that are on
};

class AlertBook {
 public:
  void take(const model::Event& event);

  /// Null if that alert is off.
  const OpenAlert* find(std::string_view fingerprint) const;
  /// The open incident that such an alert belongs to; null if there is none.
  const Incident* incident_of(const model::AlertIdentity& identity) const;
  /// By fingerprint.
  const std::map<std::string, OpenAlert, std::less<>>& alerts() const { return alerts_; }
  std::vector<Incident> incidents() const;
  /// Another number whenever alerts() are others.
  int64_t revision() const { return revision_; }

 private:
  std::map<std::string, OpenAlert, std::less<>> alerts_;
  int64_t revision_ = 0;
  std::map<std::string, Incident> incidents_;       // by incident_key
  std::map<int64_t, std::string> keys_of_records_;  // open alert.raised: key of its incident
};

}  // namespace tollgate::engine
