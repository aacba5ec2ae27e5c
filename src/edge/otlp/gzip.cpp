#include "edge/otlp/gzip.hpp"

#include "foundation/base/codes.hpp"

#include <algorithm>
#include <zlib.h>

namespace tollgate::otlp {
namespace {

constexpr int kWindowBitsOfGzip = 15 + 16;
constexpr size_t kFirstBytes = 256 * 1024;

Bytef* bytes_of(std::string_view text) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // zlib 1.2 lacks the const
}

/// Ends the stream on every way out.
class Inflater {
 public:
  Inflater() { is_ready_ = inflateInit2(&stream_, kWindowBitsOfGzip) == Z_OK; }
  ~Inflater() {
    if (is_ready_) inflateEnd(&stream_);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  Result<size_t> run(std::string_view body, std::string& out) {
    if (!is_ready_) return fail(codes::internal, "zlib cannot begin");
    stream_.next_in = bytes_of(body);
    stream_.avail_in = static_cast<uInt>(body.size());
    size_t size = 0;
    for (;;) {
      if (size == out.size()) {
        if (size >= kUncompressedMax) {
          return fail(codes::body_too_large, "the body unpacks to more than {} bytes",
                      kUncompressedMax);
        }
        out.resize(std::min(std::max(kFirstBytes, size * 2), kUncompressedMax));
      }
      stream_.next_out = bytes_of(out) + size;
      stream_.avail_out = static_cast<uInt>(out.size() - size);
      const int status = inflate(&stream_, Z_NO_FLUSH);
      size = out.size() - stream_.avail_out;
      if (status == Z_STREAM_END && stream_.avail_in == 0) return size;
      if (status == Z_STREAM_END && inflateReset(&stream_) == Z_OK) continue;  // one more member
      if (status == Z_OK) continue;
      if (status == Z_BUF_ERROR && stream_.avail_out == 0) continue;
      return fail(codes::bad_request, "the body's gzip is damaged or cut off");
    }
  }

 private:
  z_stream stream_ = {};
  bool is_ready_ = false;
};

}  // namespace

bool is_gzip(std::string_view body) {
  return body.size() >= 2 && static_cast<unsigned char>(body[0]) == 0x1f &&
         static_cast<unsigned char>(body[1]) == 0x8b;
}

Result<std::string_view> uncompress_gzip(std::string_view body, std::string& out) {
  if (!is_gzip(body)) return body;
  if (body.size() > kUncompressedMax)
    return fail(codes::body_too_large, "the body has more than {} bytes", kUncompressedMax);
  TOLLGATE_TRY(const size_t size, Inflater().run(body, out));
  return std::string_view(out.data(), size);
}

std::string compress_gzip(std::string_view bytes) {
  z_stream stream = {};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kWindowBitsOfGzip, 8,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    return {};
  std::string out(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  stream.next_in = bytes_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = bytes_of(out);
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.erase(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace tollgate::otlp
