// The block form of Snappy, as Prometheus remote write compresses its bodies with. The library
// stays in the .cpp.
#pragma once

#include "foundation/base/error.hpp"

#include <string>
#include <string_view>

namespace tollgate::intake {

inline constexpr size_t kUncompressedMax = 128 * 1024 * 1024;

/// The plain bytes, held by `out`, whose memory only grows. Errors: bad_request for bytes that are
/// no Snappy block, body_too_large beyond kUncompressedMax (found before anything is allocated).
Result<std::string_view> uncompress_snappy(std::string_view block, std::string& out);
/// For tests and benchmarks.
std::string compress_snappy(std::string_view bytes);

}  // namespace tollgate::intake
