#include "edge/intake/snappy_block.hpp"

#include "foundation/base/codes.hpp"

#include <snappy.h>

namespace tollgate::intake {

Result<std::string_view> uncompress_snappy(std::string_view block, std::string& out) {
  size_t size = 0;
  if (!snappy::GetUncompressedLength(block.data(), block.size(), &size)) {
    return fail(codes::bad_request, "the body is not compressed with Snappy's block format");
  }
  if (size > kUncompressedMax) {
    return fail(codes::body_too_large, "the body unpacks to {} bytes; at most {} are taken", size,
                kUncompressedMax);
  }
  if (out.size() < size) out.resize(size);
  if (!snappy::RawUncompress(block.data(), block.size(), out.data())) {
    return fail(codes::bad_request, "the body's Snappy block is damaged");
  }
  return std::string_view(out.data(), size);
}

std::string compress_snappy(std::string_view bytes) {
  std::string out;
  snappy::Compress(bytes.data(), bytes.size(), &out);
  return out;
}

}  // namespace tollgate::intake
