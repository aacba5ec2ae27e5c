// SQLite's own types, wrapped: a connection and its statements that free themselves. Only for the
// .cpp files of this folder.
#pragma once

#include "foundation/base/digest.hpp"
#include "foundation/base/error.hpp"

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tollgate::store {

struct CloseConnection {
  void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
};
using Connection = std::unique_ptr<sqlite3, CloseConnection>;

struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

/// What SQLite's last failure means for us: disk_full, store_locked or store_failed, with its
/// words.
Error sqlite_error(sqlite3* connection, std::string_view what);
/// Runs statements that give no rows.
Result<void> execute(sqlite3* connection, const char* sql);
/// First column of the first row as text; empty if there is none.
Result<std::string> query_text(sqlite3* connection, const char* sql);
Result<Statement> prepare(sqlite3* connection, const char* sql);

/// Binds bytes that outlive the step. Empty text binds an empty blob, not null.
int bind_bytes(sqlite3_stmt* statement, int index, std::string_view bytes);
std::string_view column_bytes(sqlite3_stmt* statement, int column);

}  // namespace tollgate::store
