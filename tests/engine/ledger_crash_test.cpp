// The ledger on a disk that fails at every single operation. Whatever happens: each acknowledged
// leaf is there once, at its place; no batch is there by half; the root is right; a retried key
// finds its first answer.
#include "edge/store/memory_store.hpp"
#include "edge/store/sqlite_ledger.hpp"
#include "engine/ledger/ledger.hpp"
#include "foundation/base/codes.hpp"
#include "sim/fault_vfs.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdlib>

namespace tollgate {
namespace {

using engine::NewLeaf;
using ledger::Head;
using ledger::Ledger;
using sim::Fault;

constexpr int kBatches = 22;
constexpr int kSeeds = 2;  // TOLLGATE_CRASH_SEEDS asks for more

int seed_count() {
  const char* wanted = std::getenv("TOLLGATE_CRASH_SEEDS");
  return wanted == nullptr ? kSeeds : std::atoi(wanted);
}

// RFC 6962's definition, word for word and nothing of ours but SHA-256.
Digest plain_root(const std::vector<std::string>& leaves, size_t from, size_t to) {
  if (from == to) return sha256("");
  if (to - from == 1) return sha256({std::string_view("\0", 1), leaves[from]});
  size_t half = 1;
  while (half * 2 < to - from) half *= 2;
  const Digest left = plain_root(leaves, from, from + half);
  const Digest right = plain_root(leaves, from + half, to);
  return sha256({std::string_view("\1", 1), left.view(), right.view()});
}

// One process with its ledger on the failing disk, and what it told its callers.
struct Process {
  sim::FaultVfs disk;
  std::string secret = ledger::NoteSigner::generate("log").value().secret_text();
  std::unique_ptr<engine::CheckpointStore> checkpoints = store::make_memory_checkpoint();
  std::unique_ptr<engine::LedgerStore> store;
  std::unique_ptr<Ledger> ledger;
  std::vector<std::string> acknowledged;
  std::vector<std::string> in_flight;  // of the batch whose outcome nobody was told

  explicit Process(uint64_t seed) : disk(seed) {}
  ~Process() { stop(); }

  void stop() {
    ledger.reset();
    store.reset();
  }
  Result<void> start() {
    TOLLGATE_TRY(store, store::open_sqlite_ledger("ledger.db",
                                                  {.vfs = disk.name(), .wal_bytes_max = 40'000}));
    TOLLGATE_TRY(ledger::NoteSigner signer, ledger::NoteSigner::parse(secret));
    TOLLGATE_TRY(ledger, Ledger::open(*store, *checkpoints, std::move(signer)));
    return {};
  }
  static std::string key_of(std::string_view leaf) { return std::string(leaf.substr(0, 12)); }

  Result<void> append(const std::vector<std::string>& leaves) {
    std::vector<std::string> keys;
    for (const std::string& leaf : leaves) keys.push_back(key_of(leaf));
    std::vector<NewLeaf> batch;
    for (size_t i = 0; i < leaves.size(); ++i) {
      batch.push_back(
          {.leaf = leaves[i], .idempotency_key = keys[i], .request_digest = sha256(leaves[i])});
    }
    in_flight = leaves;
    TOLLGATE_CHECK(ledger->append(batch));
    in_flight.clear();
    acknowledged.insert(acknowledged.end(), leaves.begin(), leaves.end());
    return {};
  }
  Result<void> work(int batches) {
    for (int i = 0; i < batches; ++i) {
      std::vector<std::string> leaves;
      for (int j = 0; j <= i % 5; ++j) {
        leaves.push_back(fmt::format("leaf {:06} ", acknowledged.size() + static_cast<size_t>(j)) +
                         std::string(static_cast<size_t>(200 + 977 * ((i + j) % 6)), 'x'));
      }
      TOLLGATE_CHECK(append(leaves));
      if (i % 3 == 2) TOLLGATE_CHECK(ledger->sign());
      // The second call finds a quiet moment.
      if (i % 5 == 4) {
        TOLLGATE_CHECK(ledger->tidy());
        TOLLGATE_CHECK(ledger->tidy());
      }
    }
    return {};
  }
};

// After a restart: takes over what became of the unknown batch, and checks everything that was
// promised.
void audit(Process& process) {
  const int64_t size = process.ledger->head().size;
  const auto known = static_cast<int64_t>(process.acknowledged.size());
  const auto unknown = static_cast<int64_t>(process.in_flight.size());
  ASSERT_TRUE(size == known || size == known + unknown)
      << "size " << size << ", acknowledged " << known << ", in flight " << unknown;
  if (size > known) {
    process.acknowledged.insert(process.acknowledged.end(), process.in_flight.begin(),
                                process.in_flight.end());
    process.in_flight.clear();
  }
  int64_t next = 0;
  ASSERT_TRUE(process.ledger->read(0, size, [&](const engine::StoredLeaf& stored) -> Result<void> {
    EXPECT_EQ(stored.position, next);
    EXPECT_EQ(stored.leaf, process.acknowledged[static_cast<size_t>(next)]) << "position " << next;
    ++next;
    return {};
  }));
  ASSERT_EQ(next, size);
  ASSERT_EQ(process.ledger->head().root,
            plain_root(process.acknowledged, 0, process.acknowledged.size()));
  for (int64_t i = 0; i < size; ++i) {
    const std::string& leaf = process.acknowledged[static_cast<size_t>(i)];
    const auto found = process.ledger->find_key(Process::key_of(leaf)).value();
    ASSERT_TRUE(found && found->position == i && found->request_digest == sha256(leaf)) << i;
  }
}

// Retries what was in flight, as a caller without an answer does, then goes on working.
void retry_and_go_on(Process& process) {
  if (!process.in_flight.empty()) {
    const std::vector<std::string> leaves = process.in_flight;
    const auto known = process.ledger->find_key(Process::key_of(leaves.front())).value();
    ASSERT_FALSE(known.has_value());
    ASSERT_TRUE(process.append(leaves));
  }
  ASSERT_TRUE(process.work(2));
  ASSERT_NO_FATAL_FAILURE(audit(process));
  ASSERT_TRUE(process.ledger->sign());
  process.stop();
  ASSERT_TRUE(process.start());
  ASSERT_NO_FATAL_FAILURE(audit(process));
}

int64_t operations_of_the_whole_workload() {
  Process process(0);
  EXPECT_TRUE(process.start());
  EXPECT_TRUE(process.work(kBatches));
  process.stop();
  return process.disk.operations();
}

struct CrashCase {
  Fault fault;
  const char* name;
};
class LedgerCrash : public testing::TestWithParam<CrashCase> {};

TEST_P(LedgerCrash, at_any_operation_loses_nothing_that_was_acknowledged) {
  const int64_t operations = operations_of_the_whole_workload();
  ASSERT_GT(operations, 100);
  int failed_starts = 0;
  for (int seed = 0; seed < seed_count(); ++seed) {
    for (int64_t at = 0; at < operations; ++at) {
      SCOPED_TRACE(fmt::format("seed {}, operation {} of {}", seed, at, operations));
      Process process(static_cast<uint64_t>(seed * 1'000'003 + at));
      process.disk.plan(GetParam().fault, at);
      Result<void> outcome = process.start();
      if (outcome) outcome = process.work(kBatches);
      process.stop();
      process.disk.restart();
      // Every third time the power goes again while the store recovers.
      if (at % 3 == 0) {
        process.disk.plan(Fault::power_loss, at % 7);
        failed_starts += process.start() ? 0 : 1;
        process.stop();
        process.disk.restart();
      }
      const auto started = process.start();
      ASSERT_TRUE(started) << started.error().text();
      ASSERT_NO_FATAL_FAILURE(audit(process));
      ASSERT_NO_FATAL_FAILURE(retry_and_go_on(process));
    }
  }
  EXPECT_GT(failed_starts, 0) << "no crash during recovery was tried";
}

INSTANTIATE_TEST_SUITE_P(faults, LedgerCrash,
                         testing::Values(CrashCase{Fault::power_loss, "power_loss"},
                                         CrashCase{Fault::sync_error, "sync_error"},
                                         CrashCase{Fault::disk_full, "disk_full"},
                                         CrashCase{Fault::short_write, "short_write"}),
                         [](const auto& test) { return test.param.name; });

TEST(ledger_on_a_failing_disk, says_that_the_disk_is_full_and_stays_stopped) {
  Process process(1);
  ASSERT_TRUE(process.start());
  ASSERT_TRUE(process.work(2));
  process.disk.plan(Fault::disk_full, 3);
  const auto outcome = process.work(kBatches);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, codes::disk_full) << outcome.error().message;
  process.disk.plan(Fault::none, 0);
  EXPECT_EQ(process.append({"leaf retried"}).error().code, codes::disk_full)
      << "nothing is retried before the store was opened again";
}

TEST(ledger_on_a_failing_disk, stops_for_good_when_a_sync_fails) {
  Process process(2);
  ASSERT_TRUE(process.start());
  process.disk.plan(Fault::sync_error, 5);
  const auto outcome = process.work(kBatches);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, codes::store_failed) << outcome.error().message;
  EXPECT_EQ(process.ledger->leaf(0).error().code, codes::store_failed);
}

TEST(ledger_on_a_failing_disk, notices_a_store_that_lies_about_syncing) {
  // What the crash loop proves is only worth something if lost syncs are found. With
  // synchronous=OFF they are lost.
  int lost = 0;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    sim::FaultVfs disk(seed);
    sqlite3* connection = nullptr;
    ASSERT_EQ(sqlite3_open_v2("x.db", &connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                              disk.name().c_str()),
              SQLITE_OK);
    const char* sql =
        "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
        "CREATE TABLE t(x); INSERT INTO t VALUES(1);";
    ASSERT_EQ(sqlite3_exec(connection, sql, nullptr, nullptr, nullptr), SQLITE_OK);
    disk.plan(Fault::power_loss, 0);
    sqlite3_exec(connection, "INSERT INTO t VALUES(2)", nullptr, nullptr, nullptr);
    sqlite3_close(connection);
    disk.restart();
    ASSERT_EQ(sqlite3_open_v2("x.db", &connection, SQLITE_OPEN_READWRITE, disk.name().c_str()),
              SQLITE_OK);
    sqlite3_exec(connection, "PRAGMA locking_mode=EXCLUSIVE", nullptr, nullptr, nullptr);
    lost += sqlite3_exec(connection, "SELECT x FROM t", nullptr, nullptr, nullptr) != SQLITE_OK;
    sqlite3_close(connection);
  }
  EXPECT_GT(lost, 0);
}

}  // namespace
}  // namespace tollgate
