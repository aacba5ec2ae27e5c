#include "edge/identity/tokens.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/base/log.hpp"
#include "foundation/doc/json.hpp"
#include "foundation/reflect/reflect.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tollgate::identity {
namespace {

constexpr std::string_view kPrefix = "tgt_";
constexpr size_t kIdBytes = 5;
constexpr size_t kSecretBytes = 32;

/// A file descriptor that closes itself, and with it gives up its lock.
class File {
 public:
  File(const std::string& path, int flags)
      : number_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~File() {
    if (number_ >= 0) ::close(number_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

tl::unexpected<Error> file_failure(std::string_view what, const std::string& path) {
  return fail(codes::io_failed, "cannot {} {}: {}", what, path, std::strerror(errno));
}

Result<std::string> random_hex(size_t bytes) {
  std::string random(bytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(random.data()), static_cast<int>(bytes)) != 1) {
    return fail(codes::internal, "the system gave no random bytes");
  }
  return hex_encode(random);
}

/// The id inside a token's text, or empty if it has not the form of one.
std::string_view id_of(std::string_view text) {
  constexpr size_t kTextSize = kPrefix.size() + kIdBytes * 2 + 1 + kSecretBytes * 2;
  if (text.size() != kTextSize || !text.starts_with(kPrefix)) return {};
  return text.substr(kPrefix.size(), kIdBytes * 2);
}

}  // namespace

Result<std::unique_ptr<TokenFile>> TokenFile::open(std::string path) {
  auto file = std::unique_ptr<TokenFile>(new TokenFile(std::move(path)));
  file->stamp_ = file->stamp();
  TOLLGATE_TRY(Tokens tokens, file->read());
  file->tokens_ = std::make_shared<const Tokens>(std::move(tokens));
  return file;
}

TokenFile::Stamp TokenFile::stamp() const {
  struct stat status = {};
  if (::stat(path_.c_str(), &status) != 0) return {};
  constexpr int64_t kNanoseconds = 1'000'000'000;
  return {.modified_ns = status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec,
          .inode = static_cast<int64_t>(status.st_ino)};
}

Result<TokenFile::Tokens> TokenFile::read() const {
  struct stat status = {};
  if (::stat(path_.c_str(), &status) != 0) {
    if (errno == ENOENT) return Tokens();
    return file_failure("read", path_);
  }
  if ((status.st_mode & 0077) != 0) {
    return fail(codes::forbidden, "{} can be read by others than its owner; run chmod 600 on it",
                path_);
  }
  std::ifstream stream(path_, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(stream)),
                         std::istreambuf_iterator<char>());
  if (!stream) return file_failure("read", path_);
  auto document = doc::parse_json(text);
  if (!document) {
    Error error = std::move(document).error();
    error.file = path_;
    return fail(std::move(error));
  }
  const doc::Node* list = document->find("tokens");
  if (list == nullptr || !list->is_array())
    return fail(codes::missing_field, "{} holds no list of tokens", path_);
  Tokens tokens;
  for (const doc::Node& item : list->items()) {
    TOLLGATE_TRY(Token token, reflect::decode<Token>(item, {.file = path_}));
    tokens.push_back(std::move(token));
  }
  return tokens;
}

Result<void> TokenFile::write(const Tokens& tokens) const {
  doc::Node list = doc::Node::array();
  for (const Token& token : tokens) list.push(reflect::encode(token));
  const std::string text = doc::pretty_json(doc::Node::object({{"tokens", std::move(list)}}));
  const std::string aside = path_ + ".new";
  {
    const File file(aside, O_WRONLY | O_CREAT | O_TRUNC);
    if (file.number() < 0) return file_failure("write", aside);
    const ssize_t written = ::write(file.number(), text.data(), text.size());
    if (written != static_cast<ssize_t>(text.size()) || ::fsync(file.number()) != 0)
      return file_failure("write", aside);
  }
  if (std::rename(aside.c_str(), path_.c_str()) != 0) return file_failure("replace", path_);
  const File directory(std::filesystem::path(path_).parent_path().string(), O_RDONLY | O_DIRECTORY);
  if (directory.number() >= 0) ::fsync(directory.number());
  return {};
}

Result<void> TokenFile::change(const std::function<Result<void>(Tokens&)>& edit) {
  const File lock(path_ + ".lock", O_RDWR | O_CREAT);
  if (lock.number() < 0 || ::flock(lock.number(), LOCK_EX) != 0) return file_failure("lock", path_);
  TOLLGATE_TRY(Tokens tokens, read());
  TOLLGATE_CHECK(edit(tokens));
  TOLLGATE_CHECK(write(tokens));
  const std::lock_guard guard(mutex_);
  tokens_ = std::make_shared<const Tokens>(std::move(tokens));
  stamp_ = stamp();
  return {};
}

std::shared_ptr<const TokenFile::Tokens> TokenFile::current(Time now) {
  const std::lock_guard guard(mutex_);
  if (now < looked_at_ + kReloadEvery && looked_at_ <= now) return tokens_;
  looked_at_ = now;
  const Stamp found = stamp();
  if (found == stamp_) return tokens_;
  auto tokens = read();
  if (tokens) {
    tokens_ = std::make_shared<const Tokens>(std::move(*tokens));
    stamp_ = found;
  } else {
    log::error("the tokens stay as they were: {}", tokens.error().text());
  }
  return tokens_;
}

Result<NewToken> TokenFile::create(const TokenRequest& request) {
  if (request.subject.empty()) return fail(codes::bad_value, "a token needs a subject");
  if (request.roles.empty()) return fail(codes::bad_value, "a token needs a role");
  if (request.expires && *request.expires <= request.now) {
    return fail(codes::bad_value, "the token would be expired already: {}",
                time_text(*request.expires));
  }
  TOLLGATE_TRY(const std::string id, random_hex(kIdBytes));
  TOLLGATE_TRY(const std::string secret, random_hex(kSecretBytes));
  NewToken made{.token = {.id = id,
                          .subject = request.subject,
                          .roles = request.roles,
                          .created = request.now,
                          .expires = request.expires,
                          .hash = {}},
                .text = fmt::format("{}{}_{}", kPrefix, id, secret)};
  made.token.hash = sha256(made.text);
  TOLLGATE_CHECK(change([&](Tokens& tokens) -> Result<void> {
    if (tokens.size() >= kTokensMax)
      return fail(codes::limit_exceeded, "there are {} tokens already", tokens.size());
    tokens.push_back(made.token);
    return {};
  }));
  return made;
}

Result<void> TokenFile::revoke(std::string_view id) {
  return change([&](Tokens& tokens) -> Result<void> {
    const size_t erased = std::erase_if(tokens, [&](const Token& token) { return token.id == id; });
    if (erased == 0) return fail(codes::not_found, "there is no token \"{}\"", id);
    return {};
  });
}

std::vector<Token> TokenFile::list() {
  const std::lock_guard guard(mutex_);
  return *tokens_;
}

bool TokenFile::is_empty(Time now) { return current(now)->empty(); }

Result<Token> TokenFile::verify(std::string_view text, Time now) {
  const std::shared_ptr<const Tokens> tokens = current(now);
  const std::string_view id = id_of(text);
  const auto found = std::find_if(tokens->begin(), tokens->end(),
                                  [&](const Token& token) { return token.id == id; });
  const Digest hash = sha256(text);
  const bool is_known = found != tokens->end();
  const Digest& expected = is_known ? found->hash : Digest{};
  const bool is_equal =
      CRYPTO_memcmp(hash.bytes.data(), expected.bytes.data(), hash.bytes.size()) == 0;
  if (id.empty() || !is_known || !is_equal)
    return fail(codes::unauthenticated, "the token is not known here");
  if (found->expires && *found->expires <= now) {
    return fail(codes::unauthenticated, "token {} expired on {}", id, time_text(*found->expires));
  }
  return *found;
}

}  // namespace tollgate::identity
