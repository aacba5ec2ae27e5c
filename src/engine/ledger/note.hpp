// Signed notes and checkpoints: text that a person can read and any C2SP tool can verify. Ed25519
// through OpenSSL. Sources: c2sp.org/signed-note, c2sp.org/tlog-checkpoint.
#pragma once

#include "foundation/base/digest.hpp"
#include "foundation/base/error.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::ledger {

/// A public key with a name, as it is given to people:
/// "tollgate.example.com/log+530d903a+AekyeRrm...".
struct VerifierKey {
  std::string name;
  std::array<uint8_t, 32> public_key{};

  uint32_t id() const;  // first four bytes of SHA-256(name || "\n" || 0x01 || public key)
  std::string text() const;
  friend bool operator==(const VerifierKey&, const VerifierKey&) = default;
};
/// Errors: bad_value for another form, another algorithm or an identifier that does not fit.
Result<VerifierKey> parse_verifier_key(std::string_view text);

/// True if `signature` (64 bytes) is the key's Ed25519 signature of `message`. False for any
/// malformed input.
bool verify_ed25519(const std::array<uint8_t, 32>& public_key, std::string_view message,
                    std::string_view signature);

/// A private key with a name. Signing is safe from any thread. Movable only.
class NoteSigner {
 public:
  /// A new random key. `name` has neither white space nor '+' (errors: bad_value).
  static Result<NoteSigner> generate(std::string_view name);
  /// Reads what secret_text wrote: "PRIVATE+KEY+<name>+<id>+<base64>". Errors: bad_value; never
  /// shows the secret.
  static Result<NoteSigner> parse(std::string_view secret_text);
  NoteSigner(NoteSigner&&) noexcept;
  NoteSigner& operator=(NoteSigner&&) noexcept;
  ~NoteSigner();

  /// The secret, for a key file that only its owner can read. Never log it.
  std::string secret_text() const;
  const VerifierKey& key() const { return key_; }
  /// `body` (which ends with a line feed) with a blank line and a signature line behind it.
  std::string sign_note(std::string_view body) const;

 private:
  struct Secret;
  NoteSigner(VerifierKey key, std::unique_ptr<Secret> secret);
  VerifierKey key_;
  std::unique_ptr<Secret> secret_;
};

/// Body of `note` if the key signed it. Lines of other keys are ignored, as the format asks.
/// Errors: bad_signature if the form is wrong, the key did not sign, or a line that claims to be
/// the key's is forged.
Result<std::string> open_note(std::string_view note, const VerifierKey& key);

/// What a checkpoint says: the log `origin` had this root at this size.
struct Checkpoint {
  std::string origin;
  int64_t size = 0;
  Digest root;
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};
std::string checkpoint_body(const Checkpoint& checkpoint);
std::string sign_checkpoint(const Checkpoint& checkpoint, const NoteSigner& signer);
/// Reads a checkpoint without looking at its signatures. Errors: bad_signature if the form is
/// wrong.
Result<Checkpoint> parse_checkpoint(std::string_view note);
/// Reads a checkpoint that `key` signed. Errors: bad_signature.
Result<Checkpoint> open_checkpoint(std::string_view note, const VerifierKey& key);

}  // namespace tollgate::ledger
