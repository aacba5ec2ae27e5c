// The logic of gates: how the states of checks become the answer of a tree, and what an environment
// makes of it.
#include "domain/gate/gate.hpp"

#include <gtest/gtest.h>

#include <random>

namespace tollgate::gate {
namespace {

using model::CheckState;
using model::Outcome;
using model::RuleOp;

struct Fixed {
  CheckState state;
  bool is_error = false;
  bool holds = false;
};

/// A check that answers what its parameters say.
const CheckDef kFixedCheck = {
    .name = "fixed@1",
    .evaluate =
        [](const void* parameters, const CheckInput&) {
          const auto& fixed = *static_cast<const Fixed*>(parameters);
          return Finding{.state = fixed.state,
                         .is_error = fixed.is_error,
                         .reason = "fixed",
                         .holds = fixed.holds};
        },
};

/// Builds gates in preorder, as the compiler does.
class Builder {
 public:
  explicit Builder(RuleOp root = RuleOp::all_of, uint32_t at_least = 0) { open(root, at_least); }
  Builder& hold() { return check(CheckState::fail, false, true); }
  Builder& check(CheckState state, bool is_error = false, bool holds = false) {
    const auto index = static_cast<uint32_t>(gate_.checks.size());
    gate_.checks.push_back(
        {.def = &kFixedCheck,
         .subject = "fixed",
         .parameters = std::make_shared<const Fixed>(Fixed{state, is_error, holds}),
         .needs = {}});
    gate_.nodes.push_back({.op = RuleOp::check, .check = index, .rule = {}});
    gate_.nodes.back().end = static_cast<uint32_t>(gate_.nodes.size());
    return *this;
  }
  Builder& open(RuleOp op, uint32_t at_least = 0) {
    open_.push_back(gate_.nodes.size());
    gate_.nodes.push_back({.op = op, .at_least = at_least, .rule = {}});
    return *this;
  }
  Builder& close() {
    gate_.nodes[open_.back()].end = static_cast<uint32_t>(gate_.nodes.size());
    open_.pop_back();
    return *this;
  }
  CompiledGate done() {
    while (!open_.empty()) close();
    return std::move(gate_);
  }

 private:
  CompiledGate gate_;
  std::vector<size_t> open_;
};

Judgement judged(const CompiledGate& gate) {
  Judgement judgement;
  judge(gate, {}, Time{0}, judgement);
  return judgement;
}

constexpr CheckState kPass = CheckState::pass;
constexpr CheckState kFail = CheckState::fail;
constexpr CheckState kUnknown = CheckState::unknown;

TEST(Judge, WhatTimeOrAPersonLiftsHoldsUnlessSomethingElseFails) {
  EXPECT_EQ(judged(Builder().check(kPass).hold().done()).finding, Outcome::hold);
  EXPECT_EQ(judged(Builder().check(kFail).hold().done()).finding, Outcome::deny);
  EXPECT_EQ(judged(Builder().check(kUnknown).hold().done()).finding, Outcome::hold);
  EXPECT_EQ(judged(Builder(RuleOp::any_of).check(kPass).hold().done()).finding, Outcome::allow);
  EXPECT_EQ(judged(Builder(RuleOp::any_of).check(kFail).hold().done()).finding, Outcome::hold);
  EXPECT_EQ(judged(Builder(RuleOp::any_of).check(kUnknown).hold().done()).finding,
            Outcome::inconclusive);
  EXPECT_EQ(judged(Builder(RuleOp::at_least, 2).check(kPass).hold().check(kFail).done()).finding,
            Outcome::hold);
  EXPECT_EQ(judged(Builder(RuleOp::at_least, 2).hold().check(kFail).check(kFail).done()).finding,
            Outcome::deny);
}

TEST(Judge, TheDecisivePathOfADenialIsWhatFailsForGood) {
  const CompiledGate gate = Builder().hold().check(kFail).done();
  const Judgement judgement = judged(gate);
  EXPECT_FALSE(judgement.nodes[1].decided);
  EXPECT_TRUE(judgement.nodes[2].decided);
}

TEST(Judge, AllOfFailsWithOneFailureAndIsUnknownWithoutOne) {
  EXPECT_EQ(judged(Builder().check(kPass).check(kPass).done()).finding, Outcome::allow);
  EXPECT_EQ(judged(Builder().check(kPass).check(kFail).done()).finding, Outcome::deny);
  EXPECT_EQ(judged(Builder().check(kUnknown).check(kFail).done()).finding, Outcome::deny);
  EXPECT_EQ(judged(Builder().check(kUnknown).check(kPass).done()).finding, Outcome::inconclusive);
}

TEST(Judge, AnyOfPassesWithOnePassAndIsUnknownWhereOneMightStillPass) {
  EXPECT_EQ(judged(Builder(RuleOp::any_of).check(kFail).check(kPass).done()).finding,
            Outcome::allow);
  EXPECT_EQ(judged(Builder(RuleOp::any_of).check(kFail).check(kUnknown).done()).finding,
            Outcome::inconclusive);
  EXPECT_EQ(judged(Builder(RuleOp::any_of).check(kFail).check(kFail).done()).finding,
            Outcome::deny);
}

TEST(Judge, AtLeastCountsPassesAndWhatMightPass) {
  const auto two_of = [](CheckState a, CheckState b, CheckState c) {
    return judged(Builder(RuleOp::at_least, 2).check(a).check(b).check(c).done()).finding;
  };
  EXPECT_EQ(two_of(kPass, kPass, kFail), Outcome::allow);
  EXPECT_EQ(two_of(kPass, kUnknown, kFail), Outcome::inconclusive);
  EXPECT_EQ(two_of(kPass, kFail, kFail), Outcome::deny);
}

TEST(Judge, AGateWithoutPoliciesIsInconclusive) {
  EXPECT_EQ(judged(Builder().done()).finding, Outcome::inconclusive);
}

TEST(Judge, TheDecidedPathLeadsToTheFirstCheckThatDecided) {
  const Judgement judgement = judged(Builder()
                                         .check(kPass)
                                         .open(RuleOp::any_of)
                                         .check(kFail)
                                         .check(kFail)
                                         .close()
                                         .check(kFail)
                                         .done());
  // Nodes: 0 root, 1 pass, 2 any_of, 3 fail, 4 fail, 5 fail.
  const std::vector<bool> expected = {true, false, true, true, true, false};
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_EQ(judgement.nodes[i].decided, expected[i]) << "node " << i;
}

TEST(Judge, TheEnvironmentSaysWhatAnInconclusiveAnswerMeans) {
  CompiledGate gate = Builder().check(kUnknown).done();
  gate.on_inconclusive = Outcome::hold;
  EXPECT_EQ(judged(gate).outcome, Outcome::hold);
  EXPECT_EQ(judged(gate).because, "on_inconclusive");
  gate.on_inconclusive = Outcome::allow;
  EXPECT_EQ(judged(gate).outcome, Outcome::allow);
  EXPECT_EQ(judged(gate).finding, Outcome::inconclusive);
}

TEST(Judge, AnErrorFollowsItsOwnRule) {
  CompiledGate gate = Builder().check(kUnknown, true).done();
  gate.on_inconclusive = Outcome::allow;
  gate.on_error = Outcome::deny;
  EXPECT_EQ(judged(gate).outcome, Outcome::deny);
  EXPECT_EQ(judged(gate).because, "on_error");
}

TEST(Judge, WarningAndObservingEnvironmentsLetGoAndSaySo) {
  CompiledGate gate = Builder().check(kFail).done();
  gate.enforcement = model::Enforcement::warn;
  EXPECT_EQ(judged(gate).outcome, Outcome::allow);
  EXPECT_EQ(judged(gate).finding, Outcome::deny);
  EXPECT_EQ(judged(gate).because, "warn");
}

/// A random tree, and the answer that a direct reading of its definition gives.
class RandomTree {
 public:
  explicit RandomTree(uint32_t seed) : random_(seed) { expected = grow(3, true); }
  Builder builder;
  CheckState expected;

 private:
  CheckState grow(int depth, bool is_root) {
    const auto op = is_root ? RuleOp::all_of : static_cast<RuleOp>(1 + pick(3));
    const uint32_t children = 1 + pick(3);
    const uint32_t at_least = op == RuleOp::at_least ? 1 + pick(children) : 0;
    if (!is_root) builder.open(op, at_least);
    uint32_t passes = 0;
    uint32_t failures = 0;
    for (uint32_t i = 0; i < children; ++i) {
      CheckState state = static_cast<CheckState>(pick(3));
      if (depth > 0 && pick(2) == 0) {
        state = grow(depth - 1, false);
      } else {
        builder.check(state);
      }
      passes += state == kPass;
      failures += state == kFail;
    }
    if (!is_root) builder.close();
    const uint32_t needed = op == RuleOp::all_of ? children : op == RuleOp::any_of ? 1 : at_least;
    if (passes >= needed) return kPass;
    return children - failures < needed ? kFail : kUnknown;
  }
  uint32_t pick(uint32_t count) { return static_cast<uint32_t>(random_() % count); }
  std::mt19937 random_;
};

TEST(Judge, RandomTreesComeToWhatTheirDefinitionSays) {
  for (uint32_t seed = 0; seed < 2000; ++seed) {
    RandomTree tree(seed);
    const CompiledGate gate = tree.builder.done();
    EXPECT_EQ(judged(gate).nodes[0].state, tree.expected) << "seed " << seed;
  }
}

TEST(Judge, WithoutEvidenceNothingIsAllowedUnlessTheEnvironmentSaysSo) {
  for (uint32_t seed = 0; seed < 2000; ++seed) {
    RandomTree tree(seed);
    CompiledGate gate = tree.builder.done();
    for (CompiledCheck& check : gate.checks)
      check.parameters = std::make_shared<const Fixed>(Fixed{kUnknown});
    EXPECT_NE(judged(gate).outcome, Outcome::allow) << "seed " << seed;
    EXPECT_NE(judged(gate).outcome, Outcome::deny) << "seed " << seed;
    gate.on_inconclusive = Outcome::allow;
    EXPECT_EQ(judged(gate).because, "on_inconclusive") << "seed " << seed;
  }
}

}  // namespace
}  // namespace tollgate::gate
