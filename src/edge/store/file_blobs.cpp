#include "edge/store/file_blobs.hpp"

#include "edge/store/posix_file.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/encoding.hpp"

namespace tollgate::store {
namespace {

constexpr unsigned kBlobMode = 0600;

class FileBlobs final : public engine::BlobStore {
 public:
  explicit FileBlobs(std::string directory) : directory_(std::move(directory)) {}

  Result<Digest> put(std::string_view bytes) override {
    const Digest digest = sha256(bytes);
    const std::string path = path_of(digest);
    if (file_exists(path)) return digest;
    TOLLGATE_CHECK(make_directory(path.substr(0, path.rfind('/'))));
    TOLLGATE_CHECK(write_file_durably(path, bytes, kBlobMode));
    return digest;
  }

  Result<std::string> get(const Digest& digest) override {
    const std::string path = path_of(digest);
    Result<std::string> bytes = read_file(path);
    if (!bytes && bytes.error().code == codes::not_found) {
      return fail(codes::blob_missing, "there is no blob {}", digest_text(digest));
    }
    if (bytes && sha256(*bytes) != digest) {
      return fail(codes::store_failed, "blob {} was changed", path);
    }
    return bytes;
  }

  Result<bool> exists(const Digest& digest) override { return file_exists(path_of(digest)); }

 private:
  std::string path_of(const Digest& digest) const {
    const std::string name = hex_encode(digest.view());
    return fmt::format("{}/{}/{}", directory_, name.substr(0, 2), name.substr(2));
  }

  const std::string directory_;
};

}  // namespace

std::unique_ptr<engine::BlobStore> open_file_blobs(const std::string& directory) {
  return std::make_unique<FileBlobs>(directory);
}

}  // namespace tollgate::store
