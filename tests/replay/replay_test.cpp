// Ledgers of earlier versions: each must verify, keep its root, be read and written byte for byte,
// and give every verdict again. `tollgate_sim --corpus FILE` writes the one of this version; once
// released, a file and its row here stay as they are.
#include "engine/replay/replay.hpp"

#include "domain/gate/check.hpp"
#include "engine/ledger/export_file.hpp"
#include "foundation/reflect/reflect.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

namespace tollgate::engine {
namespace {

constexpr const char* kFolder = TOLLGATE_SOURCE_DIR "/tests/replay/";

struct Corpus {
  const char* file;
  int64_t size;
  int64_t verdicts;
  const char* root;
  bool is_whole = true;  // holds every event and check of its version; others are about one topic
};
constexpr Corpus kCorpora[] = {
    {"v0_1.jsonl", 132, 48,
     "sha256:de6c801a99a692d58d02566b2455bff8d9daa6a53ce86ef8dc98486382f3eabc", true},
    {"alerts_v0_1.jsonl", 14, 0,
     "sha256:c48e866c6c79e5c398f901d9acbe292c65d319cab1f8482af7f36f86426530e4", false},
    {"checks_v0_2.jsonl", 53, 23,
     "sha256:d464960cd0e10784f7ae592437a876425fd249959c5b163122a3cc035bda965e", false},
    {"sources_v0_2.jsonl", 16, 12,
     "sha256:c52180baff26fe48c6dbc0584416e920c2d3b5aea5a8ca1a596139af865da98d", false},
    {"deliveries_v0_2.jsonl", 22, 10,
     "sha256:1f649c389108c08a13a3975d4e4c24191f1379a5cb2278847d53f199c82aca01", false},
    {"v0_2.jsonl", 132, 48,
     "sha256:231f29862ebcb2e5d3d64264d90c1df9958f3a82b08e8eb84d611bf5377705ce", true},
};
// The public half of the key that signs corpora and nothing else.
constexpr std::string_view kKey =
    "tollgate-replay-corpus+9ea1e2fb+AR9NZwNS4Cje+JOJR8pz9Iz5BOTRkdwIzRQaHUKsh9xr";

std::vector<std::string> leaves_of(const Corpus& corpus) {
  std::vector<std::string> leaves;
  const auto take = [&leaves](int64_t, std::string_view leaf) -> Result<void> {
    leaves.emplace_back(leaf);
    return {};
  };
  const auto read = ledger::read_export(kFolder + std::string(corpus.file), take);
  EXPECT_TRUE(read) << (read ? "" : read.error().text());
  return leaves;
}

class OldLedger : public testing::TestWithParam<Corpus> {};

TEST_P(OldLedger, verifies_with_the_root_it_was_released_with) {
  const auto report =
      ledger::verify_export(kFolder + std::string(GetParam().file),
                            {.pinned_key = ledger::parse_verifier_key(kKey).value()});
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_TRUE(report->is_ok) << report->position << ": " << report->reason;
  EXPECT_EQ(report->size, GetParam().size);
  EXPECT_EQ(digest_text(report->root), GetParam().root);
}

TEST_P(OldLedger, is_read_and_written_byte_for_byte) {
  for (const std::string& leaf : leaves_of(GetParam())) {
    const auto event = model::decode_event(leaf);
    ASSERT_TRUE(event) << event.error().text() << "\n" << leaf;
    EXPECT_EQ(model::encode_event(*event), leaf);
  }
}

TEST_P(OldLedger, gives_every_verdict_again) {
  Replay replay;
  for (const std::string& leaf : leaves_of(GetParam())) {
    const auto taken = replay.take(leaf);
    ASSERT_TRUE(taken) << taken.error().text() << "\n" << leaf;
  }
  const ReplayReport& report = replay.report();
  EXPECT_EQ(report.events, GetParam().size);
  EXPECT_EQ(report.verdicts, GetParam().verdicts);
  EXPECT_EQ(report.identical, report.verdicts);
  for (const Difference& difference : report.different)
    ADD_FAILURE() << difference.position << "\n"
                  << difference.recorded << "\n"
                  << difference.derived;
}

INSTANTIATE_TEST_SUITE_P(corpus, OldLedger, testing::ValuesIn(kCorpora), [](const auto& test) {
  return std::filesystem::path(test.param.file).stem().string();
});

TEST(replay_corpus, has_a_row_for_every_file) {
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".jsonl") files.insert(entry.path().filename().string());
  }
  std::set<std::string> rows;
  for (const Corpus& corpus : kCorpora) rows.insert(corpus.file);
  EXPECT_EQ(files, rows);
}

template <class... T>
std::set<std::string> event_types(const std::variant<T...>*) {
  return {std::string(reflect::Reflect<T>::name)...};
}

// What is in no ledger here may change its meaning unseen. A new event type or check version gets
// into a story of src/sim and its ledger into this folder.
TEST(replay_corpus, holds_every_event_type_and_every_check_both_passed_and_not) {
  std::set<std::string> events = event_types(static_cast<const model::EventData*>(nullptr));
  std::set<std::string> passed;
  std::set<std::string> not_passed;
  for (const gate::CheckDef* check : gate::all_checks()) {
    passed.emplace(check->name);
    not_passed.emplace(check->name);
  }
  for (const Corpus& corpus : kCorpora) {
    for (const std::string& leaf : leaves_of(corpus)) {
      const model::Event event = model::decode_event(leaf).value();
      events.erase(std::string(model::event_type(event.data)));
      const auto* given = std::get_if<model::VerdictGiven>(&event.data);
      if (given == nullptr) continue;
      for (const model::CheckRecord& check : given->verdict.checks)
        (check.state == model::CheckState::pass ? passed : not_passed).erase(check.check);
    }
  }
  EXPECT_EQ(events, std::set<std::string>{}) << "event types that no corpus holds";
  EXPECT_EQ(passed, std::set<std::string>{}) << "checks that pass in no corpus";
  EXPECT_EQ(not_passed, std::set<std::string>{}) << "checks that always pass in the corpora";
}

/// The wire names of all enumerators.
template <class Enum>
std::set<std::string> names_of() {
  const auto& names = reflect::EnumNames<Enum>::names;
  return {names.begin(), names.end()};
}

TEST_P(OldLedger, holds_every_event_every_check_and_every_outcome) {
  if (!GetParam().is_whole) GTEST_SKIP() << "a ledger of one topic";
  std::set<std::string> events;
  std::set<std::string> checks;
  std::set<std::string> outcomes;
  std::set<std::string> effects;
  for (const std::string& leaf : leaves_of(GetParam())) {
    const model::Event event = model::decode_event(leaf).value();
    events.emplace(model::event_type(event.data));
    if (const auto* ended = std::get_if<model::EffectEnded>(&event.data))
      effects.emplace(reflect::enum_name(ended->result));
    const auto* given = std::get_if<model::VerdictGiven>(&event.data);
    if (given == nullptr) continue;
    outcomes.emplace(reflect::enum_name(given->verdict.outcome));
    for (const model::CheckRecord& check : given->verdict.checks) {
      if (check.state == model::CheckState::pass) checks.insert(check.check);
    }
  }
  EXPECT_EQ(events, (std::set<std::string>{"clock.jumped", "effect.ended", "effect.requested",
                                           "evidence.recorded", "policy.applied", "release.ended",
                                           "signals.imported", "verdict.given"}));
  EXPECT_EQ(checks,
            (std::set<std::string>{"benchmark@1", "burn-rate@1", "coverage@1", "error-budget@1",
                                   "findings@1", "freshness@1", "tests@1"}));
  EXPECT_EQ(outcomes, names_of<model::Outcome>());
  EXPECT_EQ(effects, names_of<model::EffectResult>());
}

}  // namespace
}  // namespace tollgate::engine
