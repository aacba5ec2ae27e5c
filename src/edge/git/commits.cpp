#include "edge/git/commits.hpp"

#include <cstring>

namespace tollgate::git {
namespace {

constexpr uint32_t kFree = delivery::kNone;

/// Identifiers are hashes already.
size_t place_of(const ObjectId& id) {
  uint64_t bits = 0;
  std::memcpy(&bits, id.bytes.data(), sizeof bits);
  return static_cast<size_t>(bits);
}

}  // namespace

void IdTable::add(const std::vector<ObjectId>& ids, uint32_t number) {
  if (2 * (count_ + 1) > slots_.size()) grow(ids);
  const size_t mask = slots_.size() - 1;
  size_t place = place_of(ids[number]) & mask;
  while (slots_[place] != kFree) place = (place + 1) & mask;
  slots_[place] = number;
  ++count_;
}

uint32_t IdTable::find(const std::vector<ObjectId>& ids, const ObjectId& id) const {
  if (slots_.empty()) return delivery::kNone;
  const size_t mask = slots_.size() - 1;
  for (size_t place = place_of(id) & mask; slots_[place] != kFree; place = (place + 1) & mask) {
    if (ids[slots_[place]] == id) return slots_[place];
  }
  return delivery::kNone;
}

void IdTable::grow(const std::vector<ObjectId>& ids) {
  constexpr size_t kSlotsMin = 1024;
  const std::vector<uint32_t> old = std::move(slots_);
  size_t size = std::max(kSlotsMin, 2 * old.size());
  while (size < 2 * ids.size()) size *= 2;
  slots_.assign(size, kFree);
  count_ = 0;
  for (const uint32_t number : old) {
    if (number != kFree) add(ids, number);
  }
}

void Commits::add(const ObjectId& id, int64_t authored_s, int64_t committed_s,
                  std::string_view message) {
  const uint32_t number = static_cast<uint32_t>(ids.size());
  const std::string_view subject = delivery::subject_of(message);
  ids.push_back(id);
  table.add(ids, number);
  history.authored_s.push_back(authored_s);
  history.committed_s.push_back(committed_s);
  subjects.push_back(delivery::subject_key(subject));
  is_squashed.push_back(delivery::is_squashed(subject));
  delivery::find_mentions(number, message, mentions);
}

uint32_t Commits::find(std::string_view hex) const {
  if (const std::optional<ObjectId> id = parse_id(hex)) return table.find(ids, *id);
  const std::optional<ObjectId> low =
      parse_id(std::string(hex) + std::string(40 - std::min<size_t>(hex.size(), 40), '0'));
  if (!low) return delivery::kNone;
  uint32_t found = delivery::kNone;
  for (uint32_t number = 0; number < ids.size(); ++number) {
    if (std::memcmp(ids[number].bytes.data(), low->bytes.data(), hex.size() / 2) != 0) continue;
    if (hex.size() % 2 == 1 &&
        ids[number].bytes[hex.size() / 2] >> 4 != low->bytes[hex.size() / 2] >> 4)
      continue;
    if (found != delivery::kNone) return delivery::kNone;
    found = number;
  }
  return found;
}

}  // namespace tollgate::git
