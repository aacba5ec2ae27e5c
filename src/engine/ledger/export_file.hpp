// An exported ledger as a file: its form, and verifying it offline with nothing but the file (and,
// better, a pinned key). Line 1 is a header in canonical JSON; each further line is one leaf, byte
// for byte, ended by a line feed.
#pragma once

#include "engine/ledger/note.hpp"
#include "engine/ledger/tree.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tollgate::ledger {

/// The header: {"checkpoint","leaf_checks","origin","root","size","vkey"}. leaf_checks holds the
/// first four bytes of each leaf's hash in base64: with them a damaged file names the very leaf,
/// which a root alone cannot do.
std::string export_header(std::span<const Digest> leaf_hashes, std::string_view checkpoint_note,
                          const VerifierKey& key);

struct VerifyOptions {
  // Without it the file's own key is used, which proves that the file is whole but not whose it is.
  std::optional<VerifierKey> pinned_key = {};
  unsigned threads = 0;  // 0: one for each core
};

/// What verifying found. A broken file is a report, not an error.
struct VerifyReport {
  bool is_ok = false;
  int64_t size = 0;
  Digest root;
  int64_t position = 0;  // if not ok: the first leaf that was changed, or kHeaderPosition
  std::string reason;    // if not ok
  std::string origin;
};
inline constexpr int64_t kHeaderPosition = -1;

/// Recomputes root and checks from the leaves and compares them with header and signed checkpoint.
/// Errors: io_failed if the file cannot be read.
Result<VerifyReport> verify_export(const std::string& path, const VerifyOptions& options = {});

/// Visits the leaves of an exported file in order, without verifying them. Errors: io_failed,
/// bad_ledger_file, and those of the visitor.
Result<void> read_export(
    const std::string& path,
    const std::function<Result<void>(int64_t position, std::string_view leaf)>& visit);

}  // namespace tollgate::ledger
