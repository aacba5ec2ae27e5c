#include "edge/store/sqlite_ledger.hpp"

#include "edge/store/gather_vfs.hpp"
#include "edge/store/sqlite_handle.hpp"
#include "foundation/base/codes.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <optional>
#include <utility>

namespace tollgate::store {
namespace {

constexpr int kFormatVersion = 1;
constexpr int64_t kRowsPerLock = 256;  // a long read lets the writer in after so many rows
constexpr int64_t kQuietShare = 32;    // of the log's limit: below, nothing is copied in advance

// One row is one leaf. leaf_hash comes first so that it can be read without the leaf's overflow
// pages; the key stands in the row itself, because an index of keys would write one random page for
// each of them (the ledger keeps it in memory).
constexpr const char* kSchema =
    "CREATE TABLE IF NOT EXISTS event(position INTEGER PRIMARY KEY, leaf_hash BLOB NOT NULL, "
    "idempotency_key BLOB, request_digest BLOB, leaf BLOB NOT NULL) STRICT;";

struct Setting {
  const char* set;
  const char* get;
  const char* wanted;
};
// locking_mode stands first: with it, WAL needs no shared memory file, and no other process can
// come between.
constexpr Setting kSettings[] = {
    {"PRAGMA locking_mode=EXCLUSIVE", "PRAGMA locking_mode", "exclusive"},
    {"PRAGMA page_size=4096", "PRAGMA page_size", nullptr},
    {"PRAGMA journal_mode=WAL", "PRAGMA journal_mode", "wal"},
    {"PRAGMA synchronous=FULL", "PRAGMA synchronous", "2"},
    {"PRAGMA wal_autocheckpoint=0", "PRAGMA wal_autocheckpoint", "0"},
    {"PRAGMA mmap_size=0", "PRAGMA mmap_size", "0"},
    {"PRAGMA cell_size_check=ON", "PRAGMA cell_size_check", "1"},
    {"PRAGMA trusted_schema=OFF", "PRAGMA trusted_schema", "0"},
    {"PRAGMA cache_size=-8192", "PRAGMA cache_size", "-8192"},
};

// Ends the use of a statement when its reader returns, however it returns.
struct Rewind {
  sqlite3_stmt* statement;
  ~Rewind() { sqlite3_reset(statement); }
};

Result<Digest> digest_of(std::string_view bytes, int64_t position) {
  Digest digest;
  if (bytes.size() != digest.bytes.size()) {
    return fail(codes::log_regression, "the row at position {} has a damaged digest", position);
  }
  std::memcpy(digest.bytes.data(), bytes.data(), bytes.size());
  return digest;
}

Result<engine::StoredLeaf> stored_leaf(sqlite3_stmt* row) {
  engine::StoredLeaf stored;
  stored.position = sqlite3_column_int64(row, 0);
  TOLLGATE_TRY(stored.leaf_hash, digest_of(column_bytes(row, 1), stored.position));
  stored.idempotency_key = column_bytes(row, 2);
  if (!stored.idempotency_key.empty()) {
    TOLLGATE_TRY(stored.request_digest, digest_of(column_bytes(row, 3), stored.position));
  }
  stored.leaf = column_bytes(row, 4);
  return stored;
}

class SqliteLedger final : public engine::LedgerStore {
 public:
  SqliteLedger(std::unique_ptr<GatherVfs> vfs, Connection connection, SqliteOptions options)
      : options_(std::move(options)), vfs_(std::move(vfs)), connection_(std::move(connection)) {}
  ~SqliteLedger() override { static_cast<void>(SqliteLedger::close()); }

  Result<void> prepare_all();
  int64_t size() override {
    const std::lock_guard lock(mutex_);
    return size_;
  }
  Result<void> append(int64_t expected_size, std::span<const engine::NewLeaf> leaves,
                      std::span<const Digest> leaf_hashes) override;
  Result<void> read(int64_t from, int64_t count, const engine::LeafVisitor& visit) override;
  Result<void> tidy() override;
  Result<void> close() override;

 private:
  Result<void> check_usable() const;
  Result<void> insert(int64_t position, const engine::NewLeaf& leaf, const Digest& leaf_hash);
  Result<void> run(sqlite3_stmt* statement, std::string_view what);
  Result<void> checkpoint();
  Result<int64_t> read_some(int64_t from, int64_t end, const engine::LeafVisitor& visit);

  const SqliteOptions options_;
  const std::unique_ptr<GatherVfs> vfs_;  // outlives the connection
  std::mutex mutex_;                      // guards everything below
  Connection connection_;
  Statement begin_, insert_, commit_, read_;
  int64_t size_ = 0;
  int64_t size_at_tidy_ = 0;
  int64_t wal_pages_max_ = 0;
  int wal_pages_ = 0;             // after the last commit
  std::optional<Error> failure_;  // set once, for good
};

Result<void> apply_settings(sqlite3* connection) {
  for (const Setting& setting : kSettings) {
    TOLLGATE_CHECK(query_text(connection, setting.set));
    TOLLGATE_TRY(const std::string found, query_text(connection, setting.get));
    // A VFS that cannot map files has no mmap_size to tell.
    if (setting.wanted != nullptr && found != setting.wanted && !found.empty()) {
      return fail(codes::store_failed, "the store refuses to be durable: {} is \"{}\", not \"{}\"",
                  setting.get, found, setting.wanted);
    }
  }
  return {};
}

Result<void> check_format(sqlite3* connection) {
  TOLLGATE_TRY(const std::string version, query_text(connection, "PRAGMA user_version"));
  if (version == std::to_string(kFormatVersion)) return {};
  if (version != "0") {
    return fail(codes::unsupported_version,
                "the ledger database has format {}, this program reads {}", version,
                kFormatVersion);
  }
  TOLLGATE_CHECK(execute(connection, "BEGIN IMMEDIATE"));
  TOLLGATE_CHECK(execute(connection, kSchema));
  const std::string stamp = fmt::format("PRAGMA user_version={}", kFormatVersion);
  TOLLGATE_CHECK(execute(connection, stamp.c_str()));
  return execute(connection, "COMMIT");
}

Result<void> SqliteLedger::prepare_all() {
  sqlite3* connection = connection_.get();
  TOLLGATE_TRY(begin_, prepare(connection, "BEGIN IMMEDIATE"));
  TOLLGATE_TRY(commit_, prepare(connection, "COMMIT"));
  TOLLGATE_TRY(insert_, prepare(connection,
                                "INSERT INTO event(position, leaf_hash, idempotency_key, "
                                "request_digest, leaf) VALUES(?1, ?2, ?3, ?4, ?5)"));
  TOLLGATE_TRY(read_, prepare(connection,
                              "SELECT position, leaf_hash, idempotency_key, request_digest, leaf "
                              "FROM event WHERE position >= ?1 ORDER BY position LIMIT ?2"));
  TOLLGATE_TRY(const std::string last,
               query_text(connection, "SELECT coalesce(max(position), -1) FROM event"));
  size_ = std::stoll(last) + 1;
  TOLLGATE_TRY(const std::string page_size, query_text(connection, "PRAGMA page_size"));
  const auto note_pages = [](void* self, sqlite3*, const char*, int pages) {
    static_cast<SqliteLedger*>(self)->wal_pages_ = pages;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(connection, note_pages, this);
  wal_pages_max_ = options_.wal_bytes_max / std::max<int64_t>(std::stoll(page_size), 1);
  return {};
}

Result<void> SqliteLedger::check_usable() const {
  if (failure_) return fail(*failure_);
  if (connection_ == nullptr) return fail(codes::store_failed, "the store is closed");
  return {};
}

Result<void> SqliteLedger::run(sqlite3_stmt* statement, std::string_view what) {
  const int code = sqlite3_step(statement);
  if (code == SQLITE_DONE) {
    sqlite3_reset(statement);
    return {};
  }
  failure_ = sqlite_error(connection_.get(), what);
  sqlite3_reset(statement);
  return fail(*failure_);
}

Result<void> SqliteLedger::insert(int64_t position, const engine::NewLeaf& leaf,
                                  const Digest& leaf_hash) {
  sqlite3_stmt* statement = insert_.get();
  const bool has_key = !leaf.idempotency_key.empty();
  sqlite3_bind_int64(statement, 1, position);
  bind_bytes(statement, 2, leaf_hash.view());
  if (has_key) {
    bind_bytes(statement, 3, leaf.idempotency_key);
    bind_bytes(statement, 4, leaf.request_digest.view());
  } else {
    sqlite3_bind_null(statement, 3);
    sqlite3_bind_null(statement, 4);
  }
  bind_bytes(statement, 5, leaf.leaf);
  return run(statement, "a leaf could not be stored");
}

Result<void> SqliteLedger::append(int64_t expected_size, std::span<const engine::NewLeaf> leaves,
                                  std::span<const Digest> leaf_hashes) {
  const std::lock_guard lock(mutex_);
  TOLLGATE_CHECK(check_usable());
  if (expected_size != size_) {
    return fail(codes::append_conflict, "the ledger has {} leaves, not {}", size_, expected_size);
  }
  TOLLGATE_CHECK(run(begin_.get(), "a transaction could not begin"));
  for (size_t i = 0; i < leaves.size(); ++i) {
    TOLLGATE_CHECK(insert(size_ + static_cast<int64_t>(i), leaves[i], leaf_hashes[i]));
  }
  TOLLGATE_CHECK(run(commit_.get(), "a transaction could not be made durable"));
  size_ += static_cast<int64_t>(leaves.size());
  return wal_pages_ < wal_pages_max_ ? Result<void>() : checkpoint();
}

// SQLite's write-ahead log is copied into the database here, between two batches and by the only
// connection there is: its versions before 3.51.3 may corrupt a database when two connections write
// and checkpoint at once. The log file is never cut: writing over its old bytes is cheaper to make
// durable than making it grow again.
Result<void> SqliteLedger::checkpoint() {
  wal_pages_ = 0;
  if (sqlite3_wal_checkpoint_v2(connection_.get(), "main", SQLITE_CHECKPOINT_PASSIVE, nullptr,
                                nullptr) != SQLITE_OK) {
    failure_ = sqlite_error(connection_.get(), "the write-ahead log could not be taken over");
    return fail(*failure_);
  }
  return {};
}

Result<void> SqliteLedger::tidy() {
  const std::lock_guard lock(mutex_);
  TOLLGATE_CHECK(check_usable());
  const bool is_quiet = std::exchange(size_at_tidy_, size_) == size_;
  return is_quiet && wal_pages_ > wal_pages_max_ / kQuietShare ? checkpoint() : Result<void>();
}

// Visits at most kRowsPerLock rows; the position to go on at, or the end.
Result<int64_t> SqliteLedger::read_some(int64_t from, int64_t end,
                                        const engine::LeafVisitor& visit) {
  const std::lock_guard lock(mutex_);
  TOLLGATE_CHECK(check_usable());
  end = std::min(end, size_);
  if (from >= end) return end;
  sqlite3_stmt* statement = read_.get();
  const Rewind rewind{statement};
  sqlite3_bind_int64(statement, 1, from);
  sqlite3_bind_int64(statement, 2, std::min(end - from, kRowsPerLock));
  int64_t next = from;
  int code = sqlite3_step(statement);
  for (; code == SQLITE_ROW; code = sqlite3_step(statement)) {
    TOLLGATE_TRY(const engine::StoredLeaf stored, stored_leaf(statement));
    if (stored.position != next) break;  // a gap: the caller sees fewer rows than size() promises
    TOLLGATE_CHECK(visit(stored));
    ++next;
  }
  if (code != SQLITE_ROW && code != SQLITE_DONE) {
    failure_ = sqlite_error(connection_.get(), "leaves could not be read");
    return fail(*failure_);
  }
  const bool is_whole = next == std::min(end, from + kRowsPerLock);
  return is_whole && next < end ? next : end;
}

Result<void> SqliteLedger::read(int64_t from, int64_t count, const engine::LeafVisitor& visit) {
  from = std::max<int64_t>(from, 0);
  const int64_t end = count > size() - from ? size() : from + count;
  while (from < end) {
    TOLLGATE_TRY(from, read_some(from, end, visit));
  }
  return {};
}

Result<void> SqliteLedger::close() {
  const std::lock_guard lock(mutex_);
  if (connection_ == nullptr) return {};
  // After a failure nothing more is written: what the files hold is for the next start to find out.
  if (failure_) {
    sqlite3_db_config(connection_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  }
  for (Statement* statement : {&begin_, &insert_, &commit_, &read_}) statement->reset();
  connection_.reset();
  return {};
}

}  // namespace

Result<std::unique_ptr<engine::LedgerStore>> open_sqlite_ledger(const std::string& path,
                                                                const SqliteOptions& options) {
  auto vfs = std::make_unique<GatherVfs>(options.vfs);
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, vfs->name().c_str());
  Connection connection(handle);
  if (code != SQLITE_OK) return fail(sqlite_error(handle, "the ledger " + path));
  sqlite3_extended_result_codes(handle, 1);
  auto in_file = [&path](Error error) {
    error.file = path;
    return fail(std::move(error));
  };
  if (auto applied = apply_settings(handle); !applied) return in_file(applied.error());
  if (auto checked = check_format(handle); !checked) return in_file(checked.error());
  auto ledger = std::make_unique<SqliteLedger>(std::move(vfs), std::move(connection), options);
  if (auto prepared = ledger->prepare_all(); !prepared) return in_file(prepared.error());
  return ledger;
}

}  // namespace tollgate::store
