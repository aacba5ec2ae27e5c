// Whatever bytes come, every reader answers, and what it accepts is sound. Damage is done to
// samples and to files of real tools, from a fixed seed.
#include "edge/evidence/format.hpp"
#include "edge/evidence/read_report.hpp"
#include "evidence_samples.hpp"
#include "report_files.hpp"

#include <gtest/gtest.h>

namespace tollgate::evidence {
namespace {

/// A small generator with a fixed seed, so that a failure can be repeated.
class Dice {
 public:
  size_t below(size_t bound) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return bound == 0 ? 0 : static_cast<size_t>(state_ % bound);
  }

 private:
  uint64_t state_ = 0x9E3779B97F4A7C15;
};

std::string mutated(std::string text, Dice& dice) {
  if (text.empty()) return text;
  constexpr std::string_view kTokens[] = {"<", ">",  "\"",    "&",  "{",
                                          "]", "-1", "1e999", "\0", "null"};
  switch (dice.below(4)) {
    case 0:
      text.resize(dice.below(text.size()));
      break;
    case 1:
      for (size_t i = 0; i < 4; ++i)
        text[dice.below(text.size())] = static_cast<char>(dice.below(256));
      break;
    case 2:
      text.insert(dice.below(text.size()), kTokens[dice.below(std::size(kTokens))]);
      break;
    default:
      text.erase(dice.below(text.size()), 1 + dice.below(20));
  }
  return text;
}

/// What every accepted report must satisfy, whatever the bytes were.
void expect_sound(const model::Report& report) {
  for (const auto& covered : {report.lines, report.branches}) {
    if (!covered) continue;
    EXPECT_GE(covered->covered, 0);
    EXPECT_LE(covered->covered, covered->valid);
  }
  EXPECT_EQ(report.total.value_or(0),
            report.passed.value_or(0) + report.failed.value_or(0) + report.skipped.value_or(0));
  EXPECT_LE(report.failures.size(), model::kReportItemsMax);
  EXPECT_LE(report.cases.size(), model::kReportItemsMax);
  EXPECT_LE(report.findings.size(), model::kReportItemsMax);
}

void read_with_every_reader(const std::string& text) {
  if (const auto report = read_report(text, "", "mutant")) expect_sound(*report);
  for (const FormatDef* format : all_formats()) {
    const auto report = read_report(text, format->name, "mutant");
    if (report) expect_sound(*report);
  }
}

TEST(EvidenceMutants, damaged_samples_never_break_a_reader) {
  Dice dice;
  for (const Sample& sample : kSamples) {
    for (int i = 0; i < 40; ++i) read_with_every_reader(mutated(std::string(sample.text), dice));
  }
}

TEST(EvidenceMutants, damaged_files_of_real_tools_never_break_their_reader) {
  SKIP_WITHOUT_SHARED_DATA();
  constexpr size_t kSizeMax = 40'000;
  Dice dice;
  for (const auto& path :
       files_of(kReports, {".xml", ".trx", ".json", ".txt", ".info", ".out", ".sarif", ".gcov"})) {
    if (fs::file_size(path) > kSizeMax) continue;
    const std::string text = content_of(path);
    for (int i = 0; i < 5; ++i) {
      const auto report = read_report(mutated(text, dice), "", "mutant");
      if (report) expect_sound(*report);
    }
  }
}

}  // namespace
}  // namespace tollgate::evidence
