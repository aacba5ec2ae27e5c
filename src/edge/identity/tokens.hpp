// Bearer tokens: made here, shown once, kept only as hashes in one file.
// A token carries 256 random bits, so a plain SHA-256 of it is safe at rest: nobody can try 2^256
// candidates. A slow password hash would protect what people think up, cost milliseconds on every
// request, and add nothing here.
#pragma once

#include "edge/identity/roles.hpp"
#include "foundation/base/digest.hpp"
#include "foundation/base/time.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::identity {

/// What the file knows about a token.
struct Token {
  std::string id;       // public; part of the token's text
  std::string subject;  // who acts with it: "ci@checkout"
  std::vector<Role> roles;
  Time created;
  std::optional<Time> expires;  // from then on it is refused
  Digest hash;                  // SHA-256 of the token's text
};

struct NewToken {
  Token token;
  std::string text;  // "tgt_<id>_<64 hex digits>", to be shown once and never kept
};

/// What to make.
struct TokenRequest {
  std::string subject;
  std::vector<Role> roles;
  Time now;
  std::optional<Time> expires = {};
};

/// The file of tokens. Several processes may use it at once: changes are made under a lock, in one
/// step, and readers notice them within kReloadEvery. Safe from any thread.
class TokenFile {
 public:
  /// A file that does not exist holds no tokens. Errors: io_failed, syntax and the like for a
  /// broken file, forbidden if others than its owner could read it.
  static Result<std::unique_ptr<TokenFile>> open(std::string path);

  /// Makes a token. Errors: bad_value (no subject, no role, already expired), limit_exceeded,
  /// io_failed.
  Result<NewToken> create(const TokenRequest& request);
  /// Forgets the token. Errors: not_found, io_failed.
  Result<void> revoke(std::string_view id);
  /// All tokens, oldest first.
  std::vector<Token> list();
  bool is_empty(Time now);
  /// Whose token this is. Takes the same time whether the secret is nearly right or not.
  /// Errors: unauthenticated (unknown, expired, malformed; the message never repeats the text).
  Result<Token> verify(std::string_view text, Time now);

  static constexpr Duration kReloadEvery = seconds(1);
  static constexpr size_t kTokensMax = 10'000;

 private:
  using Tokens = std::vector<Token>;
  struct Stamp {
    int64_t modified_ns = -1;
    int64_t inode = -1;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  explicit TokenFile(std::string path) : path_(std::move(path)) {}
  Stamp stamp() const;
  Result<Tokens> read() const;
  Result<void> write(const Tokens& tokens) const;
  std::shared_ptr<const Tokens> current(Time now);
  Result<void> change(const std::function<Result<void>(Tokens&)>& edit);

  const std::string path_;
  std::mutex mutex_;
  std::shared_ptr<const Tokens> tokens_;  // guarded by mutex_
  Stamp stamp_;     // guarded by mutex_: of the file that tokens_ were read from
  Time looked_at_;  // guarded by mutex_
};

}  // namespace tollgate::identity

namespace tollgate::reflect {
template <>
struct Reflect<identity::Token> {
  static constexpr std::string_view name = "Token";
  static constexpr std::array fields = {
      field<&identity::Token::id>("id", "Public part of the token.",
                                  {.is_required = true, .size_max = 40}),
      field<&identity::Token::subject>("subject", "Who acts with it.",
                                       {.is_required = true, .size_max = 200}),
      field<&identity::Token::roles>("roles", "What it may do.",
                                     {.is_required = true, .size_max = 10}),
      field<&identity::Token::created>("created", "When it was made."),
      field<&identity::Token::expires>("expires", "From when on it is refused."),
      field<&identity::Token::hash>("hash", "SHA-256 of the token.")};
};
}  // namespace tollgate::reflect
