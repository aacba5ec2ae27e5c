// Compiled patterns are kept for the life of the process: compiling costs far more than matching.
#include "foundation/reflect/pattern.hpp"

#include "foundation/base/assert.hpp"

#include <re2/re2.h>

#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>

namespace tollgate::reflect {
namespace {

const re2::RE2& compiled(std::string_view pattern) {
  static std::shared_mutex mutex;
  static std::map<std::string_view, std::unique_ptr<const re2::RE2>> cache;
  {
    const std::shared_lock lock(mutex);
    if (const auto found = cache.find(pattern); found != cache.end()) return *found->second;
  }
  auto expression =
      std::make_unique<const re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()));
  ASSERT(expression->ok());
  const std::unique_lock lock(mutex);
  return *cache.try_emplace(pattern, std::move(expression)).first->second;
}

}  // namespace

bool matches(std::string_view pattern, std::string_view text) {
  return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), compiled(pattern));
}

}  // namespace tollgate::reflect
