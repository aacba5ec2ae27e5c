// Journeys: tests as plain text in virtual time. One file tells one story; the same file runs
// against the engine alone, against the HTTP API over a simulated disk, and against the real
// binary. Grammar, one step a line:
//
// clang-format off
//   # comment                                   the first comment says what the story shows
//   row: 1.2 2.5                                mission rows it proves
//   at 2026-03-02T10:00Z                        sets the clock; time only goes forward
//   wait 2h                                     moves it
//   policy [=> error TG0213 "words"]            an indented block replaces the policy
//   plan => flips 1                             what applying the block would flip
//   signal SERVICE/SLO ENV good N bad N from TIME to TIME      spread evenly in ten-minute steps
//   import SERVICE/SLO ENV FORMAT               an indented block with the file follows
//   push SERVICE/SLO ENV good N bad N [time TIME] [track T] [source S] [key K]
//     [=> counted|duplicate|refused]
//   record SERVICE VERSION NAME [commit C]      an indented block with the report follows
//   release SERVICE VERSION to ENV succeeded|failed|rolled_back
//   gate SERVICE VERSION to ENV [commit C] [class CLASS] [key KEY] [as-of TIME]
//     => OUTCOME [CHECK [STATE] ["words"]]...
//   same                                        the last gate gave the decision of the one before
//   budget SERVICE/SLO ENV [track T] => left "80 %" [state ok]
//   restart                                     closes everything and opens it again
//   ledger => events N                          size of the ledger
//   alert SERVICE/SLO => Critical|Recovering|Increasing|Acceptable|... ["words"]...
//     the alert of the SLO that comes first; words may be MEMBER:VALUE
//   watch SERVICE/SLO... => on|off ["words"]...
//     a round of the alert watch, which records; not asked in local mode, where nobody watches
//   verify => ok                                exports the ledger and verifies the file
//   replay => identical N                       re-derives all N verdicts
//   hook INTEGRATION [event EVENT] [delivery ID] [forged] => [recorded N] [known N] [dropped "x"]
//                                             followed by an indented JSON block: a signed webhook
//   tell TYPE MEMBER VALUE...  => recorded N  a fact that somebody records by hand
//   deployments SERVICE ENV => VERSION STATUS KIND PARTS...   newest first
//   source NAME => fresh|late|broken|quarantined|never_seen ["words"]...
//   source-test NAME => ok|not_ok ["words"]...           asks it once
//   series NAME VALUE LABEL=TEXT... [gauge] [time TIME] => taken      one sample by OTLP
//   quarantine NAME reason "R" [until TIME] => recorded
//   unquarantine NAME => recorded
//   revisions SERVICE/SLO => late N decisions N ["words"]...
//   revised => OUTCOME ["words"]...             what the last gate would answer with late data
//   bypasses => N of M ["words"]...           deployments that no gate had allowed
//   dora, recommend, days                     see runner/delivery_steps.hpp
// clang-format on
#pragma once

#include "foundation/base/error.hpp"
#include "foundation/base/time.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tollgate::journeys {

/// One line of a journey, cut into words; quoted words keep their spaces.
struct Step {
  int line = 0;
  std::string verb;
  std::vector<std::string> words;     // before "=>"
  std::vector<std::string> expected;  // behind it
  std::string block;                  // the indented lines below, their common indent removed

  /// The word behind `name`, or empty.
  std::string_view option(std::string_view name) const;
};

struct Journey {
  std::string name;  // file name without ending
  std::vector<std::string> rows;
  std::vector<Step> steps;
};

/// Errors: syntax, with the line.
Result<Journey> parse_journey(std::string_view name, std::string_view text);

}  // namespace tollgate::journeys
