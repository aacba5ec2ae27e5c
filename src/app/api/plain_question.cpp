#include "app/api/plain_question.hpp"

#include <algorithm>
#include <array>

namespace tollgate::api {
namespace {

constexpr size_t kTextMax = 200;  // what the field table allows each member

/// Reads from left to right; false means that this text is not plain.
class PlainReader {
 public:
  explicit PlainReader(std::string_view text) : rest_(text) {}

  bool take(char wanted) {
    skip_space();
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// A quoted text of printable ASCII without escapes.
  bool take_text(std::string_view& text) {
    if (!take('"')) return false;
    const auto end = std::find_if(rest_.begin(), rest_.end(), [](char c) {
      return c < 0x20 || c > 0x7E || c == '"' || c == '\\';
    });
    const auto size = static_cast<size_t>(end - rest_.begin());
    if (end == rest_.end() || *end != '"') return false;
    text = rest_.substr(0, size);
    rest_.remove_prefix(size + 1);
    return true;
  }

  bool is_at_end() {
    skip_space();
    return rest_.empty();
  }

 private:
  void skip_space() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\n' ||
                              rest_.front() == '\r' || rest_.front() == '\t'))
      rest_.remove_prefix(1);
  }

  std::string_view rest_;
};

/// The members of a question, in the order of `Texts`.
constexpr std::array<std::string_view, 5> kMembers = {"service", "environment", "version", "commit",
                                                      "change_class"};
constexpr size_t kRequired = 3;
constexpr size_t kCommit = 3;
constexpr size_t kChangeClass = 4;
using Texts = std::array<std::string_view, kMembers.size()>;

bool read_members(std::string_view body, Texts& texts) {
  PlainReader reader(body);
  if (!reader.take('{')) return false;
  do {
    std::string_view name;
    std::string_view text;
    if (!reader.take_text(name) || !reader.take(':') || !reader.take_text(text)) return false;
    const auto member = std::find(kMembers.begin(), kMembers.end(), name);
    if (member == kMembers.end() || text.empty() || text.size() > kTextMax) return false;
    std::string_view& known = texts[static_cast<size_t>(member - kMembers.begin())];
    if (!known.empty()) return false;
    known = text;
  } while (reader.take(','));
  return reader.take('}') && reader.is_at_end();
}

}  // namespace

std::optional<model::GateRequest> read_plain_question(std::string_view body) {
  Texts texts;
  if (!read_members(body, texts)) return std::nullopt;
  if (std::any_of(texts.begin(), texts.begin() + kRequired,
                  [](std::string_view text) { return text.empty(); }))
    return std::nullopt;
  model::GateRequest request{.service = std::string(texts[0]),
                             .environment = std::string(texts[1]),
                             .version = std::string(texts[2]),
                             .commit = std::string(texts[kCommit])};
  if (!texts[kChangeClass].empty()) {
    const auto& names = reflect::EnumNames<model::ChangeClass>::names;
    const auto found = std::find(names.begin(), names.end(), texts[kChangeClass]);
    if (found == names.end()) return std::nullopt;
    request.change_class = static_cast<model::ChangeClass>(found - names.begin());
  }
  return request;
}

}  // namespace tollgate::api
