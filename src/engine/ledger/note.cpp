#include "engine/ledger/note.hpp"

#include "foundation/base/assert.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/base/text.hpp"

#include <openssl/evp.h>

#include <cstring>

namespace tollgate::ledger {
namespace {

constexpr char kEd25519 = 0x01;  // algorithm byte of the note format
constexpr size_t kKeySize = 32;
constexpr size_t kSignatureSize = 64;
constexpr size_t kNameSizeMax = 200;
constexpr size_t kNoteSizeMax = 64 * 1024;
constexpr size_t kSignaturesMax = 64;
constexpr std::string_view kSecretStart = "PRIVATE+KEY+";
constexpr std::string_view kSignatureStart = "\xE2\x80\x94 ";  // em dash and a space

using PublicKey = std::array<uint8_t, kKeySize>;

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using KeyHandle = std::unique_ptr<EVP_PKEY, FreeKey>;

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using ContextHandle = std::unique_ptr<EVP_MD_CTX, FreeContext>;

const uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

std::string_view view_of(const PublicKey& key) {
  return {reinterpret_cast<const char*>(key.data()), key.size()};
}

bool is_key_name(std::string_view name) {
  if (name.empty() || name.size() > kNameSizeMax || !is_utf8(name)) return false;
  for (const char c : name) {
    if (c == '+' || static_cast<uint8_t>(c) <= ' ' || c == 0x7F) return false;
  }
  return true;
}

// Four bytes, most significant first, as the format puts a key's identifier before a signature.
std::string id_bytes(uint32_t id) {
  return {static_cast<char>(id >> 24), static_cast<char>(id >> 16), static_cast<char>(id >> 8),
          static_cast<char>(id)};
}

std::string id_hex(uint32_t id) { return hex_encode(id_bytes(id)); }

struct KeyText {
  std::string name;
  std::string id;     // eight hex digits
  std::string bytes;  // 32, behind the algorithm byte that was checked
};

// "<name>+<8 hex digits>+<base64 of algorithm and key>"; the base64 part may hold '+' itself.
Result<KeyText> read_key_text(std::string_view text) {
  const size_t first = text.find('+');
  const size_t second = first == text.npos ? text.npos : text.find('+', first + 1);
  if (second == text.npos) return fail(codes::bad_value, "a key has the form name+id+base64");
  KeyText key{.name = std::string(text.substr(0, first)),
              .id = std::string(text.substr(first + 1, second - first - 1)),
              .bytes = {}};
  if (!is_key_name(key.name)) return fail(codes::bad_value, "the name of a key is not usable");
  TOLLGATE_TRY(const std::string bytes, base64_decode(text.substr(second + 1)));
  if (bytes.size() != kKeySize + 1 || bytes[0] != kEd25519) {
    return fail(codes::bad_value, "key \"{}\" is not an Ed25519 key", key.name);
  }
  key.bytes = bytes.substr(1);
  return key;
}

}  // namespace

uint32_t VerifierKey::id() const {
  const std::string_view algorithm{&kEd25519, 1};
  const Digest digest = sha256({name, "\n", algorithm, view_of(public_key)});
  uint32_t id = 0;
  for (size_t i = 0; i < 4; ++i) id = id << 8 | digest.bytes[i];
  return id;
}

std::string VerifierKey::text() const {
  return fmt::format("{}+{}+{}", name, id_hex(id()),
                     base64_encode(std::string(1, kEd25519).append(view_of(public_key))));
}

Result<VerifierKey> parse_verifier_key(std::string_view text) {
  TOLLGATE_TRY(const KeyText parts, read_key_text(text));
  VerifierKey key{.name = parts.name};
  std::memcpy(key.public_key.data(), parts.bytes.data(), kKeySize);
  if (parts.id != id_hex(key.id())) {
    return fail(codes::bad_value, "the identifier of key \"{}\" does not fit the key", key.name);
  }
  return key;
}

bool verify_ed25519(const std::array<uint8_t, 32>& public_key, std::string_view message,
                    std::string_view signature) {
  if (signature.size() != kSignatureSize) return false;
  const KeyHandle key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, public_key.data(), public_key.size()));
  const ContextHandle context(EVP_MD_CTX_new());
  if (key == nullptr || context == nullptr) return false;
  if (EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1) return false;
  return EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message),
                          message.size()) == 1;
}

struct NoteSigner::Secret {
  KeyHandle key;
};

NoteSigner::NoteSigner(VerifierKey key, std::unique_ptr<Secret> secret)
    : key_(std::move(key)), secret_(std::move(secret)) {}
NoteSigner::NoteSigner(NoteSigner&&) noexcept = default;
NoteSigner& NoteSigner::operator=(NoteSigner&&) noexcept = default;
NoteSigner::~NoteSigner() = default;

Result<NoteSigner> NoteSigner::generate(std::string_view name) {
  if (!is_key_name(name)) {
    return fail(codes::bad_value, "\"{}\" cannot name a key: no white space, no '+'", name);
  }
  auto secret = std::make_unique<Secret>();
  secret->key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (secret->key == nullptr) return fail(codes::internal, "no Ed25519 key could be generated");
  VerifierKey key{.name = std::string(name)};
  size_t size = key.public_key.size();
  ASSERT(EVP_PKEY_get_raw_public_key(secret->key.get(), key.public_key.data(), &size) == 1);
  return NoteSigner(std::move(key), std::move(secret));
}

Result<NoteSigner> NoteSigner::parse(std::string_view secret_text) {
  if (!secret_text.starts_with(kSecretStart)) {
    return fail(codes::bad_value, "a signing key begins with {}", kSecretStart);
  }
  TOLLGATE_TRY(const KeyText parts, read_key_text(secret_text.substr(kSecretStart.size())));
  auto secret = std::make_unique<Secret>();
  secret->key.reset(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(parts.bytes), kKeySize));
  if (secret->key == nullptr) return fail(codes::bad_value, "the signing key is not usable");
  VerifierKey key{.name = parts.name};
  size_t size = key.public_key.size();
  ASSERT(EVP_PKEY_get_raw_public_key(secret->key.get(), key.public_key.data(), &size) == 1);
  if (parts.id != id_hex(key.id())) {
    return fail(codes::bad_value, "the identifier of signing key \"{}\" does not fit", key.name);
  }
  return NoteSigner(std::move(key), std::move(secret));
}

std::string NoteSigner::secret_text() const {
  std::array<uint8_t, kKeySize> seed{};
  size_t size = seed.size();
  ASSERT(EVP_PKEY_get_raw_private_key(secret_->key.get(), seed.data(), &size) == 1);
  return fmt::format("{}{}+{}+{}", kSecretStart, key_.name, id_hex(key_.id()),
                     base64_encode(std::string(1, kEd25519).append(view_of(seed))));
}

std::string NoteSigner::sign_note(std::string_view body) const {
  ASSERT(body.ends_with('\n'));
  const ContextHandle context(EVP_MD_CTX_new());
  ASSERT(context != nullptr);
  std::array<uint8_t, kSignatureSize> signature{};
  size_t size = signature.size();
  const bool is_signed =
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, secret_->key.get()) == 1 &&
      EVP_DigestSign(context.get(), signature.data(), &size, bytes_of(body), body.size()) == 1;
  ASSERT(is_signed && size == signature.size());
  std::string blob = id_bytes(key_.id());
  blob.append(reinterpret_cast<const char*>(signature.data()), signature.size());
  return fmt::format("{}\n{}{} {}\n", body, kSignatureStart, key_.name, base64_encode(blob));
}

Result<std::string> open_note(std::string_view note, const VerifierKey& key) {
  const size_t blank = note.rfind("\n\n");
  if (note.size() > kNoteSizeMax || !is_utf8(note) || !note.ends_with('\n') || blank == note.npos) {
    return fail(codes::bad_signature, "this is not a signed note");
  }
  for (const char c : note) {
    if (static_cast<uint8_t>(c) < ' ' && c != '\n') {
      return fail(codes::bad_signature, "the note has a control character");
    }
  }
  const std::string_view body = note.substr(0, blank + 1);
  std::string_view lines = note.substr(blank + 2);
  if (lines.empty()) return fail(codes::bad_signature, "the note has no signature");
  lines.remove_suffix(1);
  bool is_signed = false;
  size_t count = 0;
  for (std::string_view line : split(lines, '\n')) {
    const size_t space = line.find(' ', kSignatureStart.size());
    if (++count > kSignaturesMax || !line.starts_with(kSignatureStart) || space == line.npos) {
      return fail(codes::bad_signature, "the note has a broken signature line");
    }
    const std::string_view name =
        line.substr(kSignatureStart.size(), space - kSignatureStart.size());
    const Result<std::string> blob = base64_decode(line.substr(space + 1));
    if (!blob || blob->size() < 5 || !is_key_name(name)) {
      return fail(codes::bad_signature, "the note has a broken signature line");
    }
    if (name != key.name || blob->substr(0, 4) != id_bytes(key.id())) continue;
    if (!verify_ed25519(key.public_key, body, blob->substr(4))) {
      return fail(codes::bad_signature, "the signature of \"{}\" does not hold", key.name);
    }
    is_signed = true;
  }
  if (!is_signed) return fail(codes::bad_signature, "the note is not signed by {}", key.text());
  return std::string(body);
}

std::string checkpoint_body(const Checkpoint& checkpoint) {
  return fmt::format("{}\n{}\n{}\n", checkpoint.origin, checkpoint.size,
                     base64_encode(checkpoint.root.view()));
}

std::string sign_checkpoint(const Checkpoint& checkpoint, const NoteSigner& signer) {
  return signer.sign_note(checkpoint_body(checkpoint));
}

Result<Checkpoint> parse_checkpoint(std::string_view note) {
  const std::vector<std::string_view> lines = split(note, '\n');
  if (lines.size() < 4 || lines[0].empty()) {
    return fail(codes::bad_signature,
                "this is not a checkpoint: origin, size and root are missing");
  }
  const Result<int64_t> size = parse_integer(lines[1]);
  const Result<std::string> root = base64_decode(lines[2]);
  if (!size || *size < 0 || std::to_string(*size) != lines[1] || !root || root->size() != 32) {
    return fail(codes::bad_signature, "this is not a checkpoint: its size or root is malformed");
  }
  Checkpoint checkpoint{.origin = std::string(lines[0]), .size = *size, .root = {}};
  std::memcpy(checkpoint.root.bytes.data(), root->data(), root->size());
  return checkpoint;
}

Result<Checkpoint> open_checkpoint(std::string_view note, const VerifierKey& key) {
  TOLLGATE_TRY(const std::string body, open_note(note, key));
  return parse_checkpoint(body);
}

}  // namespace tollgate::ledger
