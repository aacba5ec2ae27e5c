// Bodies compressed with gzip. The library stays in the .cpp.
#pragma once

#include "foundation/base/error.hpp"

#include <string>
#include <string_view>

namespace tollgate::otlp {

inline constexpr size_t kUncompressedMax = 64 * 1024 * 1024;

/// True if the bytes begin as gzip does. Neither an OTLP message nor JSON can.
bool is_gzip(std::string_view body);

/// The plain bytes: `body` itself if it is not compressed, otherwise held by `out`, whose memory
/// only grows. Errors: bad_request for damaged bytes, body_too_large beyond kUncompressedMax
/// (nothing beyond the limit is ever unpacked).
Result<std::string_view> uncompress_gzip(std::string_view body, std::string& out);
/// For tests and benchmarks.
std::string compress_gzip(std::string_view bytes);

}  // namespace tollgate::otlp
