// The journal: what was acknowledged is read again, in order and once, whatever operation the power
// went at.
#include "edge/intake/journal.hpp"

#include "faulty_folder.hpp"
#include "foundation/base/codes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

namespace tollgate::intake {
namespace {

using testing_support::FaultyDisk;

constexpr JournalLimits kSmall{.file_bytes = 300, .total_bytes = 1 << 20, .ahead_bytes = 64};

struct Read {
  std::vector<std::string> texts;
  std::vector<uint64_t> sequences;
};

Result<Journal> open(FaultyDisk& disk, Read& read, uint64_t after = 0,
                     const JournalLimits& limits = kSmall) {
  return Journal::open(disk.folder(), limits, after, [&](uint64_t sequence, const Entry& entry) {
    read.sequences.push_back(sequence);
    read.texts.push_back(std::string(entry.source) + ":" + std::string(entry.bytes));
    return Result<void>{};
  });
}

Result<uint64_t> append(Journal& journal, const std::string& text) {
  const Entry entry{.kind = 1, .arrived_ms = 5, .source = "s", .bytes = text};
  return journal.append({&entry, 1});
}

std::string text_of(int number) {
  return "entry " + std::to_string(number) + std::string(static_cast<size_t>(number % 7) * 9, 'x');
}

TEST(Journal, entries_come_back_in_order_across_files) {
  FaultyDisk disk(1);
  Read none;
  std::vector<std::string> expected;
  {
    Journal journal = open(disk, none).value();
    for (int i = 0; i < 40; ++i) {
      EXPECT_EQ(append(journal, text_of(i)).value(), static_cast<uint64_t>(i + 1));
      expected.push_back("s:" + text_of(i));
    }
    EXPECT_GT(disk.folder()->names()->size(), 5u);
  }
  EXPECT_TRUE(none.texts.empty());
  Read all;
  Journal journal = open(disk, all).value();
  EXPECT_EQ(all.texts, expected);
  Read rest;
  (void)open(disk, rest, 38).value();
  EXPECT_EQ(rest.sequences, (std::vector<uint64_t>{39, 40}));
  ASSERT_TRUE(journal.forget(39));
  EXPECT_FALSE(disk.folder()->names()->empty());
  ASSERT_TRUE(journal.forget(40));
  EXPECT_TRUE(disk.folder()->names()->empty());
  EXPECT_EQ(append(journal, "after").value(), 41u);
}

TEST(Journal, what_was_acknowledged_survives_power_loss_at_any_operation) {
  for (const auto fault : {FaultyDisk::Fault::power_loss, FaultyDisk::Fault::disk_full,
                           FaultyDisk::Fault::sync_error}) {
    for (int64_t operation = 0; operation < 60; ++operation) {
      FaultyDisk disk(static_cast<uint64_t>(operation) * 31 + static_cast<uint64_t>(fault));
      std::vector<std::string> acknowledged;
      bool is_forgotten = false;         // the first two, perhaps
      std::vector<std::string> unknown;  // their answer was an error: one may be there
      disk.plan(fault, operation);
      {
        Read none;
        Journal journal = open(disk, none).value();
        for (int i = 0; i < 12; ++i) {
          if (append(journal, text_of(i))) {
            acknowledged.push_back("s:" + text_of(i));
            unknown.clear();  // a later success settles it: it does not count
          } else {
            unknown.push_back("s:" + text_of(i));
          }
          is_forgotten = is_forgotten || i == 6;
          if (i == 6) (void)journal.forget(2);
        }
      }
      disk.restart();
      Read read;
      const Result<Journal> again = open(disk, read);
      const std::string where =
          std::to_string(static_cast<int>(fault)) + "/" + std::to_string(operation);
      if (!again) {
        // Files were forgotten up to entry 2: reading from the start is refused then.
        Read later;
        ASSERT_TRUE(open(disk, later, 2).has_value()) << where << again.error().message;
        read = later;
      }
      std::vector<std::string> expected = acknowledged;
      const size_t first = !read.sequences.empty() ? read.sequences.front() : is_forgotten ? 3 : 1;
      ASSERT_LE(first, is_forgotten ? 3u : 1u) << where;
      expected.erase(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                              first - 1, expected.size())));
      ASSERT_TRUE(!read.sequences.empty() || expected.empty()) << where;
      if (read.texts.size() == expected.size() + 1) {
        EXPECT_NE(std::find(unknown.begin(), unknown.end(), read.texts.back()), unknown.end())
            << where;
        expected.push_back(read.texts.back());
      }
      EXPECT_EQ(read.texts, expected) << where;
    }
  }
}

TEST(Journal, what_was_synced_later_is_there_and_files_end_synced) {
  FaultyDisk disk(3);
  Read none;
  {
    Journal journal = open(disk, none).value();
    for (int i = 0; i < 20; ++i) {
      const std::string text = text_of(i);
      const Entry entry{.kind = 1, .arrived_ms = 5, .source = "s", .bytes = text};
      ASSERT_TRUE(journal.append({&entry, 1}, false));
    }
    ASSERT_TRUE(journal.sync());
  }
  disk.restart();
  Read read;
  ASSERT_TRUE(open(disk, read));
  EXPECT_EQ(read.texts.size(), 20u);
}

TEST(Journal, damage_in_the_middle_is_an_error_and_a_full_journal_refuses) {
  const std::string path = testing::TempDir() + "journal_damage";
  std::filesystem::remove_all(path);
  const auto nothing = [](uint64_t, const Entry&) { return Result<void>{}; };
  {
    Journal journal = Journal::open(open_journal_folder(path), kSmall, 0, nothing).value();
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(append(journal, text_of(i)));
  }
  ASSERT_TRUE(Journal::open(open_journal_folder(path), kSmall, 0, nothing));
  const auto folder = open_journal_folder(path);
  const std::string name = folder->names()->at(1);
  std::string bytes = folder->read(name).value();
  bytes[40] = static_cast<char>(bytes[40] ^ 1);
  ASSERT_TRUE(folder->create(name).value()->write(0, bytes));
  const auto damaged = Journal::open(open_journal_folder(path), kSmall, 0, nothing);
  ASSERT_FALSE(damaged.has_value());
  EXPECT_NE(damaged.error().message.find(name), std::string::npos);

  FaultyDisk disk(2);
  Read none;
  Journal full =
      open(disk, none, 0, {.file_bytes = 100, .total_bytes = 200, .ahead_bytes = 0}).value();
  Result<uint64_t> last = 0;
  for (int i = 0; i < 20 && last; ++i) last = append(full, text_of(i));
  ASSERT_FALSE(last.has_value());
  EXPECT_EQ(last.error().code, codes::disk_full);
}

}  // namespace
}  // namespace tollgate::intake
