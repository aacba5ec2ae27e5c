// The embedded store: what is durable, what is refused, and what is found out at start.
#include "edge/store/data_dir.hpp"
#include "edge/store/memory_store.hpp"
#include "edge/store/sqlite_ledger.hpp"
#include "engine/ledger/ledger.hpp"
#include "foundation/base/codes.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tollgate::store {
namespace {

namespace fs = std::filesystem;
using engine::NewLeaf;

struct TemporaryDirectory {
  fs::path path;
  TemporaryDirectory() {
    std::string name = (fs::temp_directory_path() / "tollgate-store-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~TemporaryDirectory() { fs::remove_all(path); }
};

// A data directory with a ledger in it, opened.
struct Embedded {
  std::optional<DataDir> directory;
  std::unique_ptr<engine::LedgerStore> store;
  std::unique_ptr<engine::CheckpointStore> checkpoints;
  std::unique_ptr<ledger::Ledger> ledger;

  Result<void> open(const fs::path& path) {
    TOLLGATE_TRY(directory, DataDir::open(path.string()));
    TOLLGATE_TRY(store, open_sqlite_ledger(directory->database_path(), {.wal_bytes_max = 65536}));
    checkpoints = directory->checkpoint_store();
    TOLLGATE_TRY(ledger::NoteSigner signer, directory->signer("log"));
    TOLLGATE_TRY(ledger, ledger::Ledger::open(*store, *checkpoints, std::move(signer)));
    return {};
  }
  void append(int batches, int batch_size) {
    for (int i = 0; i < batches; ++i) {
      std::vector<std::string> leaves;
      std::vector<std::string> keys;
      for (int j = 0; j < batch_size; ++j) {
        const int64_t position = ledger->head().size + j;
        leaves.push_back(fmt::format("{{\"position\":{}}}{}", position, std::string(500, 'x')));
        keys.push_back(fmt::format("key {}", position));
      }
      std::vector<NewLeaf> batch;
      for (size_t j = 0; j < leaves.size(); ++j) {
        batch.push_back({.leaf = leaves[j], .idempotency_key = keys[j]});
      }
      const auto head = ledger->append(batch);
      ASSERT_TRUE(head) << head.error().text();
    }
  }
  void close() { *this = Embedded{}; }
};

// Runs SQL on a database that nobody has open, as somebody who edits history would.
void edit(const fs::path& database, const char* sql) {
  sqlite3* connection = nullptr;
  ASSERT_EQ(sqlite3_open(database.c_str(), &connection), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(connection, sql, nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(connection);
  sqlite3_close(connection);
}

TEST(sqlite_ledger, keeps_leaves_keys_and_root_over_a_restart) {
  const TemporaryDirectory temporary;
  Embedded embedded;
  ASSERT_TRUE(embedded.open(temporary.path / "a" / "b"));
  embedded.append(40, 7);
  const ledger::Head head = embedded.ledger->head();
  EXPECT_EQ(head.size, 280);
  ASSERT_TRUE(embedded.ledger->sign());
  embedded.close();

  const auto opened = embedded.open(temporary.path / "a" / "b");
  ASSERT_TRUE(opened) << opened.error().text();
  EXPECT_EQ(embedded.ledger->head(), head);
  EXPECT_EQ(embedded.ledger->find_key("key 123").value()->position, 123);
  EXPECT_TRUE(embedded.ledger->leaf(279).value().starts_with("{\"position\":279}"));
  EXPECT_EQ(embedded.ledger->scrub(0, 1000).value(), 0);
}

TEST(sqlite_ledger, takes_a_batch_only_at_the_expected_size) {
  const TemporaryDirectory temporary;
  const auto store = open_sqlite_ledger((temporary.path / "l.db").string()).value();
  const Digest hash = ledger::leaf_hash("{}");
  ASSERT_TRUE(store->append(0, {{NewLeaf{.leaf = "{}"}}}, {{hash}}));
  EXPECT_EQ(store->append(0, {{NewLeaf{.leaf = "{}"}}}, {{hash}}).error().code,
            codes::append_conflict);
  EXPECT_EQ(store->append(2, {{NewLeaf{.leaf = "{}"}}}, {{hash}}).error().code,
            codes::append_conflict);
  EXPECT_EQ(store->size(), 1);
  ASSERT_TRUE(store->close());
  EXPECT_EQ(store->append(1, {{NewLeaf{.leaf = "{}"}}}, {{hash}}).error().code,
            codes::store_failed);
}

TEST(sqlite_ledger, refuses_files_that_are_no_ledger_of_this_format) {
  const TemporaryDirectory temporary;
  const fs::path file = temporary.path / "l.db";
  std::ofstream(file) << std::string(5000, 'z');
  EXPECT_EQ(open_sqlite_ledger(file.string()).error().code, codes::store_failed);
  fs::remove(file);
  edit(file, "PRAGMA user_version=9");
  EXPECT_EQ(open_sqlite_ledger(file.string()).error().code, codes::unsupported_version);
  EXPECT_EQ(open_sqlite_ledger((temporary.path / "no" / "l.db").string()).error().code,
            codes::store_failed);
}

TEST(sqlite_ledger, bounds_its_log_and_takes_it_over_in_a_quiet_moment) {
  const TemporaryDirectory temporary;
  Embedded embedded;
  ASSERT_TRUE(embedded.open(temporary.path));
  const fs::path log = temporary.path / "ledger.db-wal";
  const fs::path database = temporary.path / "ledger.db";
  uintmax_t longest = 0;
  for (int i = 0; i < 100; ++i) {
    embedded.append(1, 16);
    longest = std::max(longest, fs::file_size(log));
  }
  // The limit of 64 KiB, the batch that crossed it, and room ahead: as much again.
  EXPECT_LE(longest, 3u * 65536);
  EXPECT_GT(fs::file_size(database), 10u * 65536) << "most of it was copied on the way";

  // Below the limit: a call finds the log busy, the next one after no append a quiet moment.
  embedded.append(1, 10);
  ASSERT_TRUE(embedded.store->tidy());
  const uintmax_t before = fs::file_size(database);
  ASSERT_TRUE(embedded.store->tidy());
  EXPECT_GT(fs::file_size(database), before);
  embedded.append(1, 10);
  embedded.close();
  ASSERT_TRUE(embedded.open(temporary.path));
  EXPECT_EQ(embedded.ledger->head().size, 1620);
}

TEST(sqlite_ledger, takes_batches_and_a_log_of_many_megabytes) {
  const TemporaryDirectory temporary;
  const auto store = open_sqlite_ledger((temporary.path / "l.db").string()).value();
  const std::string leaf(300'000, 'x');
  for (int64_t size = 0; size < 160; size += 16) {
    const std::vector<NewLeaf> batch(16, {.leaf = leaf});
    const std::vector<Digest> hashes(16);
    const auto appended = store->append(size, batch, hashes);
    ASSERT_TRUE(appended) << appended.error().text();
  }
  EXPECT_EQ(store->size(), 160);
  EXPECT_TRUE(store->read(0, 160, [&leaf](const engine::StoredLeaf& stored) -> Result<void> {
    EXPECT_TRUE(stored.leaf == leaf) << stored.position;
    return {};
  }));
  EXPECT_GT(fs::file_size(temporary.path / "l.db"), 32u << 20) << "the log was taken over once";
}

TEST(sqlite_ledger, reads_what_was_just_written_and_what_a_log_without_its_end_still_holds) {
  const TemporaryDirectory temporary;
  Embedded embedded;
  ASSERT_TRUE(embedded.open(temporary.path));
  for (int i = 0; i < 40; ++i) {
    embedded.append(1, 3);
    const int64_t last = embedded.ledger->head().size - 1;
    EXPECT_TRUE(
        embedded.ledger->leaf(last).value().starts_with(fmt::format("{{\"position\":{}}}", last)));
    EXPECT_EQ(embedded.ledger->find_key(fmt::format("key {}", last)).value()->position, last);
  }
  // As after a kill: database and log as they are, zeros ahead in the log.
  fs::create_directory(temporary.path / "copy");
  for (const char* file : {"ledger.db", "ledger.db-wal", "ledger.key", "format"})
    fs::copy_file(temporary.path / file, temporary.path / "copy" / file);
  const ledger::Head head = embedded.ledger->head();
  embedded.close();
  Embedded copy;
  const auto opened = copy.open(temporary.path / "copy");
  ASSERT_TRUE(opened) << opened.error().text();
  EXPECT_EQ(copy.ledger->head(), head);
}

TEST(ledger_regression, is_found_after_an_older_copy_an_edit_or_a_removal) {
  struct Case {
    const char* what;
    const char* sql;
    const char* message;
  };
  const std::vector<Case> cases = {
      {"a leaf was edited",
       "UPDATE event SET leaf=CAST('{\"position\":7}' AS BLOB) WHERE position=7", "position 7"},
      {"the last leaf was removed", "DELETE FROM event WHERE position=29", "29 leaves"},
      {"a leaf in the middle was removed", "DELETE FROM event WHERE position=7", "7 follow"},
      {"a leaf hash was edited", "UPDATE event SET leaf_hash=zeroblob(32) WHERE position=11",
       "position 11"},
      {"a leaf hash was cut", "UPDATE event SET leaf_hash=zeroblob(3) WHERE position=12",
       "position 12"},
      {"two leaves were exchanged",
       "UPDATE event SET position=99 WHERE position=3;UPDATE event SET position=3 WHERE position=4;"
       "UPDATE event SET position=4 WHERE position=99",
       "signed checkpoint"},
  };
  for (const Case& c : cases) {
    const TemporaryDirectory temporary;
    Embedded embedded;
    ASSERT_TRUE(embedded.open(temporary.path));
    embedded.append(3, 10);
    ASSERT_TRUE(embedded.ledger->sign());
    embedded.close();
    edit(temporary.path / "ledger.db", c.sql);
    const auto opened = embedded.open(temporary.path);
    ASSERT_FALSE(opened) << c.what;
    EXPECT_EQ(opened.error().code, codes::log_regression) << c.what;
    EXPECT_NE(opened.error().message.find(c.message), std::string::npos)
        << c.what << ": " << opened.error().message;
  }
}

TEST(ledger_regression, is_found_when_an_older_copy_of_the_database_is_put_back) {
  const TemporaryDirectory temporary;
  const fs::path database = temporary.path / "ledger.db";
  Embedded embedded;
  ASSERT_TRUE(embedded.open(temporary.path));
  embedded.append(1, 10);
  embedded.close();
  fs::copy_file(database, temporary.path / "copy.db");
  ASSERT_TRUE(embedded.open(temporary.path));
  embedded.append(1, 10);
  ASSERT_TRUE(embedded.ledger->sign());
  embedded.close();
  fs::copy_file(temporary.path / "copy.db", database, fs::copy_options::overwrite_existing);
  const auto opened = embedded.open(temporary.path);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, codes::log_regression) << opened.error().text();
}

TEST(data_dir, lets_no_second_process_in_and_names_the_first) {
  const TemporaryDirectory temporary;
  auto first = DataDir::open(temporary.path.string());
  ASSERT_TRUE(first);
  const std::string pid = std::to_string(::getpid());
  const pid_t child = ::fork();
  if (child == 0) {
    const auto second = DataDir::open(temporary.path.string());
    const bool is_refused = !second && second.error().code == codes::store_locked &&
                            second.error().message.find(pid) != std::string::npos;
    ::_exit(is_refused ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  first = fail(codes::internal, "let go");
  EXPECT_TRUE(DataDir::open(temporary.path.string()));
}

TEST(data_dir, is_refused_if_written_by_another_format) {
  const TemporaryDirectory temporary;
  std::ofstream(temporary.path / "format") << "tollgate-data 99\n";
  EXPECT_EQ(DataDir::open(temporary.path.string()).error().code, codes::unsupported_version);
}

TEST(data_dir, keeps_its_key_to_its_owner) {
  const TemporaryDirectory temporary;
  const auto directory = DataDir::open(temporary.path.string()).value();
  const ledger::VerifierKey key = directory.signer("first").value().key();
  EXPECT_EQ(key.name, "first");
  EXPECT_EQ(directory.signer("second").value().key(), key) << "the key that is there stays";
  const fs::path file = temporary.path / "ledger.key";
  EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  ::chmod(file.c_str(), 0644);
  EXPECT_EQ(directory.signer("first").error().code, codes::forbidden);
}

TEST(blobs, come_back_by_digest_and_never_changed) {
  const TemporaryDirectory temporary;
  const auto directory = DataDir::open(temporary.path.string()).value();
  const auto memory = make_memory_blobs();
  const auto files = directory.blob_store();
  for (engine::BlobStore* blobs : {memory.get(), files.get()}) {
    const std::string bytes = std::string("a\0b", 3) + std::string(400'000, 'c');
    const Digest digest = blobs->put(bytes).value();
    EXPECT_EQ(digest, sha256(bytes));
    EXPECT_EQ(blobs->put(bytes).value(), digest);
    EXPECT_TRUE(blobs->exists(digest).value());
    EXPECT_EQ(blobs->get(digest).value(), bytes);
    EXPECT_EQ(blobs->get(sha256("other")).error().code, codes::blob_missing);
    EXPECT_EQ(blobs->get(blobs->put("").value()).value(), "");
  }
  const Digest digest = files->put("precious").value();
  const std::string name = digest_text(digest).substr(7);
  std::ofstream(temporary.path / "blobs" / name.substr(0, 2) / name.substr(2)) << "forged";
  EXPECT_EQ(files->get(digest).error().code, codes::store_failed);
}

}  // namespace
}  // namespace tollgate::store
