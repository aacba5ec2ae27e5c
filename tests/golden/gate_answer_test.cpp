// The JSON of gate answers, whole: pipelines and dashboards read it, so a change must be meant;
// only the order of members is free. The answers are those of an old ledger, one of each outcome.
// With TOLLGATE_WRITE_GOLDEN set the files are written anew; look at the difference before you keep
// it.
#include "app/render/answers.hpp"
#include "engine/ledger/export_file.hpp"
#include "foundation/doc/json.hpp"
#include "foundation/reflect/reflect.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace tollgate::render {
namespace {

constexpr const char* kLedger = TOLLGATE_SOURCE_DIR "/tests/replay/v0_1.jsonl";

/// The first answer of the ledger with that outcome.
Result<engine::GateAnswer> first_answer(model::Outcome wanted) {
  engine::GateAnswer found;
  const auto look = [&](int64_t position, std::string_view leaf) -> Result<void> {
    TOLLGATE_TRY(model::Event event, model::decode_event(leaf));
    auto* given = std::get_if<model::VerdictGiven>(&event.data);
    if (given == nullptr || found.position >= 0 || given->verdict.outcome != wanted) return {};
    found = {.decision = given->decision,
             .position = position,
             .at = event.time,
             .verdict = std::move(given->verdict)};
    return {};
  };
  TOLLGATE_CHECK(ledger::read_export(kLedger, look));
  return found;
}

class GoldenGateAnswer : public testing::TestWithParam<model::Outcome> {};

TEST_P(GoldenGateAnswer, keeps_every_member) {
  const auto answer = first_answer(GetParam());
  ASSERT_TRUE(answer) << answer.error().text();
  ASSERT_GE(answer->position, 0) << "the ledger has no such answer";
  const doc::Node json = gate_json(*answer);
  const std::string path = fmt::format("{}/tests/golden/gate_{}.json", TOLLGATE_SOURCE_DIR,
                                       reflect::enum_name(GetParam()));
  if (std::getenv("TOLLGATE_WRITE_GOLDEN") != nullptr)
    std::ofstream(path, std::ios::binary | std::ios::trunc) << doc::pretty_json(json);
  std::ifstream file(path, std::ios::binary);
  const auto golden = doc::parse_json(std::string{std::istreambuf_iterator<char>(file), {}});
  ASSERT_TRUE(golden) << path << ": " << golden.error().text();
  // Through text, as a reader gets it: 1.0 and 1 are the same number there.
  const auto now = doc::parse_json(doc::compact_json(json));
  ASSERT_TRUE(now) << now.error().text();
  for (const reflect::Change& change : reflect::diff(*golden, *now)) {
    ADD_FAILURE() << path << change.path << " was " << doc::compact_json(change.before)
                  << " and is " << doc::compact_json(change.after);
  }
}

INSTANTIATE_TEST_SUITE_P(outcomes, GoldenGateAnswer,
                         testing::Values(model::Outcome::allow, model::Outcome::deny,
                                         model::Outcome::hold, model::Outcome::inconclusive),
                         [](const auto& test) {
                           return std::string(reflect::enum_name(test.param));
                         });

}  // namespace
}  // namespace tollgate::render
