#include "app/wiring/calendar_imports.hpp"

#include "app/wiring/source_settings.hpp"
#include "edge/icalendar/icalendar.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/log.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <chrono>

namespace tollgate::wiring {
namespace {

using doc::Node;

constexpr std::chrono::seconds kTick{1};

std::string header_of(const engine::HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

/// An address that came from a secret must not show, whatever went wrong.
std::string shown(const Error& error, const model::CalendarImport& import) {
  const bool is_secret = import.url.starts_with("env:") || import.url.starts_with("file:");
  return is_secret && error.code != codes::not_found ? std::string(code_info(error.code).title)
                                                     : error.message;
}

Result<model::CalendarImported> read_answer(const std::string& calendar,
                                            const model::CalendarImport& import,
                                            const std::string& zone, const std::string& body) {
  TOLLGATE_TRY(icalendar::ReadCalendar read,
               icalendar::read_icalendar(body, {.type = import.type, .zone = zone}));
  model::CalendarImported imported{.calendar = calendar,
                                   .source = import.name,
                                   .format = "ics",
                                   .blob = sha256(body),
                                   .ignored = static_cast<int64_t>(read.ignored.size())};
  const std::string wanted = lower_case(import.match);
  for (model::CalendarEntry& entry : read.entries) {
    if (lower_case(entry.name).find(wanted) == std::string::npos) continue;
    imported.entries.push_back(std::move(entry));
  }
  if (imported.entries.size() > model::kCalendarEntriesMax) {
    return fail(codes::limit_exceeded, "the calendar has {} entries; up to {} are taken",
                imported.entries.size(), model::kCalendarEntriesMax);
  }
  return imported;
}

}  // namespace

void CalendarImports::start() {
  thread_.start("imports", kTick, [this] { ask_due(); });
}
void CalendarImports::stop() { thread_.stop(); }

void CalendarImports::follow_policy() {
  const std::shared_ptr<const engine::Policy> policy = engine_.policy();
  const std::lock_guard lock(mutex_);
  if (policy == seen_) return;
  seen_ = policy;
  std::map<Key, Kept> earlier = std::move(imports_);
  imports_.clear();
  for (const model::Resource* resource : policy->bundle().of_kind("Calendar")) {
    const auto* calendar = resource->as<model::Calendar>();
    for (const model::CalendarImport& import : calendar->imports) {
      const Key key(calendar->name, import.name);
      const auto known = earlier.find(key);
      const bool is_same = known != earlier.end() && known->second.import.url == import.url &&
                           known->second.zone == calendar->time_zone;
      Kept kept = is_same ? std::move(known->second) : Kept();
      // Another match or type reads the same answer differently: ask for all of it.
      if (is_same && (kept.import.match != import.match || kept.import.type != import.type))
        kept = Kept();
      kept.import = import;
      kept.zone = calendar->time_zone;
      imports_[key] = std::move(kept);
    }
  }
}

std::vector<CalendarImports::Key> CalendarImports::due(Time now) {
  const std::lock_guard lock(mutex_);
  std::vector<Key> keys;
  for (const auto& [key, kept] : imports_) {
    if (kept.next <= now) keys.push_back(key);
  }
  return keys;
}

void CalendarImports::ask_due() {
  const std::lock_guard lock(asking_);
  follow_policy();
  for (const Key& key : due(clock_.now())) {
    ask(key);
    if (thread_.is_stopping()) return;
  }
}

void CalendarImports::ask(const Key& key) {
  Kept kept;
  {
    const std::lock_guard lock(mutex_);
    const auto found = imports_.find(key);
    if (found == imports_.end()) return;
    kept = found->second;
  }
  const Time now = clock_.now();
  kept.asked = now;
  const Result<void> taken = take(key, kept);
  if (taken) {
    if (kept.failures > 0) log::info("the calendar {}/{} can be had again", key.first, key.second);
    kept.failures = 0;
    kept.error.clear();
    kept.refreshed = now;
    kept.next = now + kept.import.refresh;
  } else {
    kept.error = shown(taken.error(), kept.import);
    if (kept.failures++ == 0) {
      log::warn("the calendar {}/{} stays as it was: {}", key.first, key.second, kept.error);
    }
    Duration wait = kRetryFirst;
    for (int64_t i = 1; i < kept.failures && wait < kept.import.refresh; ++i) wait = wait * 2;
    kept.next = now + std::min(wait, kept.import.refresh);
  }
  const std::lock_guard lock(mutex_);
  const auto found = imports_.find(key);
  if (found != imports_.end() && found->second.import.url == kept.import.url)
    found->second = std::move(kept);
}

Result<void> CalendarImports::take(const Key& key, Kept& kept) {
  engine::HttpRequest request{.url = {}, .timeout = kTimeout, .body_max = kBytesMax};
  // Which variable or file is missing may be shown; what was found there, and answers, may not.
  Result<std::string> url = resolve_text(kept.import.url);
  if (!url) return fail(codes::not_found, "{}", url.error().message);
  request.url = std::move(*url);
  request.headers.emplace_back("accept", "text/calendar");
  if (!kept.etag.empty()) request.headers.emplace_back("if-none-match", kept.etag);
  if (!kept.last_modified.empty())
    request.headers.emplace_back("if-modified-since", kept.last_modified);
  TOLLGATE_TRY(const engine::HttpResponse response, http_.send(request));
  if (response.status == 304) return {};
  if (response.status != 200)
    return fail(codes::bad_response, "the server answered with status {}", response.status);
  TOLLGATE_TRY(const model::CalendarImported imported,
               read_answer(key.first, kept.import, kept.zone, response.body));
  TOLLGATE_CHECK(engine_.import_calendar(
      imported, {.actor = {.subject = "tollgate", .issuer = std::string(engine::kEngineIssuer)}}));
  // Only a good answer is worth a "not modified" next time.
  kept.etag = header_of(response, "etag");
  kept.last_modified = header_of(response, "last-modified");
  return {};
}

bool CalendarImports::is_stale(const Kept& kept, const std::optional<Time>& recorded,
                               Time now) const {
  const std::optional<Time> good = std::max(kept.refreshed, recorded);
  if (!good) return kept.failures > 0;
  return now - *good > kept.import.stale_after;
}

Node CalendarImports::status() {
  follow_policy();
  const Time now = clock_.now();
  const auto book = engine_.views().calendar_book();
  const auto time_or_null = [](const std::optional<Time>& time) {
    return time ? Node(time_text(*time)) : Node();
  };
  const std::lock_guard lock(mutex_);
  Node list = Node::array();
  for (const auto& [key, kept] : imports_) {
    // What is recorded says how old the last good answer is at the most.
    const schedule::RecordedImport* last = book->find_import(key.first, key.second);
    const auto at = last != nullptr ? std::optional(last->at) : std::nullopt;
    list.push(Node::object({{"calendar", key.first},
                            {"source", key.second},
                            {"asked", time_or_null(kept.asked)},
                            {"refreshed", time_or_null(kept.refreshed)},
                            {"recorded", time_or_null(at)},
                            {"entries", last != nullptr ? last->entries : int64_t{0}},
                            {"stale", is_stale(kept, at, now)},
                            {"failures", kept.failures},
                            {"error", kept.error},
                            {"next", time_text(std::max(kept.next, now))}}));
  }
  return Node::object({{"imports", std::move(list)}});
}

std::vector<model::ImportDoubt> CalendarImports::doubts() {
  follow_policy();
  const Time now = clock_.now();
  const auto book = engine_.views().calendar_book();
  const std::lock_guard lock(mutex_);
  std::vector<model::ImportDoubt> doubts;
  for (const auto& [key, kept] : imports_) {
    const schedule::RecordedImport* last = book->find_import(key.first, key.second);
    const auto recorded = last != nullptr ? std::optional(last->at) : std::nullopt;
    const bool stale = is_stale(kept, recorded, now);
    // Never had at all counts, too: then nothing of it is known, which nobody must take for "free".
    if (!stale && kept.failures == 0 && (recorded || kept.refreshed)) continue;
    doubts.push_back({.calendar = key.first,
                      .source = key.second,
                      .good = std::max(kept.refreshed, recorded),
                      .is_stale = stale,
                      .failures = kept.failures,
                      .error = kept.error});
  }
  return doubts;
}

void CalendarImports::refresh(const std::string& calendar) {
  follow_policy();
  const std::lock_guard lock(mutex_);
  for (auto& [key, kept] : imports_) {
    if (calendar.empty() || key.first == calendar) kept.next = {};
  }
  thread_.wake();
}

}  // namespace tollgate::wiring
