// What readers see of deliveries: deployments, the verdicts that let them go, and the questions of
// senders that wait for an answer. A fold of events; not thread-safe.
#pragma once

#include "domain/delivery/bypass.hpp"
#include "domain/delivery/observed.hpp"
#include "domain/delivery/records.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::engine {

/// Questions that wait at once; the oldest are given up.
inline constexpr size_t kQuestionsMax = 10'000;
/// How long a question is asked again while the answer is hold or inconclusive.
inline constexpr Duration kQuestionLife = days(30);

/// Issuer of actors that the engine itself stands for.
inline constexpr std::string_view kEngineIssuer = "tollgate";

/// A sender's question without a final answer so far.
struct OpenQuestion {
  int64_t position = 0;  // of its question.received
  Time since;
  model::QuestionReceived question;
  int64_t asked = 0;                           // gates asked about it
  Time asked_at = {};                          // the newest one
  std::optional<model::Outcome> outcome = {};  // of the newest one
};

/// The idempotency key of the gate that is asked for the `count`th time about a question.
std::string question_key(int64_t position, int64_t count);
/// When an open question is to be asked: at once, then after a minute, two, four, at the most half
/// an hour. Pure.
Time next_asking(const OpenQuestion& question);

class DeliveryBook {
 public:
  void take(const model::Event& event);

  const delivery::DeliveryRecords& records() const { return records_; }
  /// Whether the observation says anything that is not known.
  bool is_news(const model::Observation& observation) const;
  /// Whether it says more than what is known, where an API tells again what deliveries told: times
  /// that differ a little are no news.
  bool says_more(const model::Observation& observation) const;
  const delivery::UnconfirmedFacts& unconfirmed() const { return unconfirmed_; }
  /// When the newest observation was recorded.
  Time newest() const { return newest_; }
  const std::map<int64_t, OpenQuestion>& questions() const { return questions_; }

 private:
  void take_verdict(const model::Event& event, const model::VerdictGiven& given);

  delivery::DeliveryRecords records_;
  delivery::KnownFacts others_;  // than deployments
  delivery::UnconfirmedFacts unconfirmed_;
  std::map<int64_t, OpenQuestion> questions_;  // by position
  Time newest_ = {};
};

}  // namespace tollgate::engine
