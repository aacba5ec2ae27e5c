#include "edge/store/sqlite_handle.hpp"

#include "foundation/base/codes.hpp"

namespace tollgate::store {

Error sqlite_error(sqlite3* connection, std::string_view what) {
  const int code = sqlite3_errcode(connection) & 0xFF;
  const bool is_locked = code == SQLITE_BUSY || code == SQLITE_LOCKED;
  return {.code = code == SQLITE_FULL ? codes::disk_full
                  : is_locked         ? codes::store_locked
                                      : codes::store_failed,
          .message = fmt::format("{}: {} (SQLite {})", what, sqlite3_errmsg(connection),
                                 sqlite3_extended_errcode(connection))};
}

Result<void> execute(sqlite3* connection, const char* sql) {
  if (sqlite3_exec(connection, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    return fail(sqlite_error(connection, sql));
  }
  return {};
}

Result<std::string> query_text(sqlite3* connection, const char* sql) {
  TOLLGATE_TRY(const Statement statement, prepare(connection, sql));
  const int code = sqlite3_step(statement.get());
  if (code == SQLITE_DONE) return std::string();
  if (code != SQLITE_ROW) return fail(sqlite_error(connection, sql));
  return std::string(column_bytes(statement.get(), 0));
}

Result<Statement> prepare(sqlite3* connection, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(connection, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) !=
      SQLITE_OK) {
    return fail(sqlite_error(connection, sql));
  }
  return Statement(statement);
}

int bind_bytes(sqlite3_stmt* statement, int index, std::string_view bytes) {
  // A null pointer would bind NULL.
  const char* start = bytes.data() == nullptr ? "" : bytes.data();
  return sqlite3_bind_blob64(statement, index, start, bytes.size(), SQLITE_STATIC);
}

std::string_view column_bytes(sqlite3_stmt* statement, int column) {
  const void* start = sqlite3_column_blob(statement, column);
  const auto size = static_cast<size_t>(sqlite3_column_bytes(statement, column));
  return start == nullptr ? std::string_view()
                          : std::string_view(static_cast<const char*>(start), size);
}

}  // namespace tollgate::store
