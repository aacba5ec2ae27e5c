// The port through which the API hands in files of signals: counting them into the cell store is
// the edge's work.
#pragma once

#include "domain/model/events.hpp"
#include "engine/engine.hpp"

#include <string>

namespace tollgate::api {

/// A file of signals and what it counts for.
struct SignalUpload {
  std::string slo;          // SERVICE/SLO
  std::string environment;  // may be empty
  std::string format;       // common, combined, json, csv
  std::string bad;          // which statuses are bad: "5xx,429"; empty: 5xx
  Duration slower_than;     // longer requests are bad; 0: durations do not count
  std::string bytes;
  bool is_dry_run = false;
};

struct SignalReceipt {
  model::SignalsImported imported;
  int64_t position = -1;      // below 0 for a dry run
  bool is_duplicate = false;  // this file was counted before; the cells did not change
};

class SignalDesk {
 public:
  virtual ~SignalDesk() = default;
  /// Counts the events into the cells and records the import. Safe from any thread.
  virtual Result<SignalReceipt> import(const SignalUpload& upload,
                                       const engine::Caller& caller) = 0;
};

}  // namespace tollgate::api
