// Any bytes as a commit, a tag, an index of a repository, an export.
#include "edge/git/export.hpp"
#include "edge/git/index.hpp"
#include "foundation/base/digest.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace tollgate;
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  (void)git::parse_commit(text);
  (void)git::parse_tag(text);
  (void)git::parse_export(text, text);
  (void)git::read_index(text);
  // With the digest right, the body is what is tried.
  (void)git::read_index("TGGIT001" + std::string(sha256(text).view()) + text);
  std::vector<delivery::Mention> mentions;
  delivery::find_mentions(0, text, mentions);
  return 0;
}
