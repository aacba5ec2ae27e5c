#include "edge/scrape/scraper.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <chrono>

namespace tollgate::scrape {
namespace {

constexpr std::string_view kAccept =
    "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

int64_t steady_ms() {
  using namespace std::chrono;
  return duration_cast<std::chrono::milliseconds>(steady_clock::now().time_since_epoch()).count();
}

/// The first moment from `from` on at the target's own place within its interval.
int64_t place_after(const Target& target, int64_t from) {
  const int64_t interval = target.interval.ms;
  const auto hash = intake::hash_bytes(target.url, intake::hash_bytes(target.source));
  const auto place = static_cast<int64_t>(hash % static_cast<uint64_t>(interval));
  const int64_t start = from - from % interval + place;
  return start >= from ? start : start + interval;
}

Result<engine::HttpResponse> fetch(const Target& target, engine::HttpClient& http) {
  engine::HttpRequest request{.url = target.url,
                              .headers = target.headers,
                              .timeout = target.timeout,
                              .body_max = kExpositionBytesMax,
                              .ca_file = target.ca_file,
                              .cert_file = target.cert_file,
                              .key_file = target.key_file};
  request.headers.emplace_back("Accept", kAccept);
  TOLLGATE_TRY(engine::HttpResponse response, http.send(request));
  if (response.status != 200)
    return fail(codes::bad_response, "the target answered with status {}", response.status);
  return response;
}

std::string_view content_type(const engine::HttpResponse& response) {
  for (const auto& [name, value] : response.headers) {
    if (name == "content-type") return value;
  }
  return {};
}

}  // namespace

Found visit(const Target& target, engine::HttpClient& http, Time now) {
  std::vector<intake::Label> labels;
  for (const auto& [name, value] : target.labels) labels.push_back({name, value});
  Visit seen{.target_labels = labels, .time = now};
  Found found{.bytes = {}, .health = {.source = target.source, .url = target.url, .visited = now}};
  const int64_t began = steady_ms();
  const Result<engine::HttpResponse> response = fetch(target, http);
  found.health.took = {steady_ms() - began};
  if (response) {
    seen.is_up = true;
    seen.form = form_of(content_type(*response));
    seen.text = response->body;
    found.bytes = encode_visit(seen);
    intake::Batch batch;
    const Result<void> read = decode_visit(found.bytes, batch);
    if (read) {
      found.health.is_up = true;
      found.health.last_up = now;
      found.health.samples = static_cast<int64_t>(batch.points.size()) - 1;  // without up
      return found;
    }
    found.health.error = read.error().message;
  } else {
    found.health.error = response.error().message;
  }
  found.health.failures = 1;
  seen.is_up = false;
  seen.text = {};
  found.bytes = encode_visit(seen);
  return found;
}

Scraper::Scraper(engine::HttpClient& http, engine::Clock& clock, Sink sink, Limits limits)
    : http_(http), clock_(clock), sink_(std::move(sink)), limits_(limits) {}

Scraper::~Scraper() { stop(); }

Result<void> Scraper::set_targets(std::vector<Target> targets) {
  if (targets.size() > kTargetsMax) {
    return fail(codes::limit_exceeded, "{} targets are more than the {} that are visited",
                targets.size(), kTargetsMax);
  }
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Entry>> entries;
  entries.reserve(targets.size());
  for (Target& target : targets) {
    target.interval = std::max(target.interval, kIntervalMin);
    target.timeout = std::min(target.timeout, target.interval);
    const auto same = std::find_if(entries_.begin(), entries_.end(),
                                   [&](const auto& entry) { return entry->target == target; });
    if (same != entries_.end()) {
      entries.push_back(*same);
      continue;
    }
    auto entry = std::make_shared<Entry>();
    entry->health = {.source = target.source, .url = target.url};
    entry->due_ms = place_after(target, steady_ms());
    entry->target = std::move(target);
    entries.push_back(std::move(entry));
  }
  entries_ = std::move(entries);
  wake_.notify_all();
  return {};
}

void Scraper::start() {
  for (size_t i = 0; i < limits_.threads; ++i) threads_.emplace_back([this] { run(); });
}

void Scraper::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

std::vector<TargetHealth> Scraper::health() const {
  const std::lock_guard lock(mutex_);
  std::vector<TargetHealth> list;
  list.reserve(entries_.size());
  for (const auto& entry : entries_) list.push_back(entry->health);
  return list;
}

/// Waits for the next target that is due and takes it; null when stopping.
std::shared_ptr<Scraper::Entry> Scraper::next_due(std::unique_lock<std::mutex>& lock) {
  while (!is_stopping_) {
    const auto first =
        std::min_element(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
          return std::pair(a->is_busy, a->due_ms) < std::pair(b->is_busy, b->due_ms);
        });
    if (first == entries_.end() || (*first)->is_busy) {
      wake_.wait(lock);
      continue;
    }
    const int64_t left = (*first)->due_ms - steady_ms();
    if (left <= 0) {
      (*first)->is_busy = true;
      return *first;
    }
    wake_.wait_for(lock, std::chrono::milliseconds(left));
  }
  return nullptr;
}

void Scraper::finish(Entry& entry, TargetHealth health) {
  if (!health.is_up) {
    health.failures = entry.health.failures + 1;
    health.last_up = entry.health.last_up;
  }
  const int64_t next = place_after(entry.target, entry.due_ms + 1);
  const int64_t due = place_after(entry.target, std::max(next, steady_ms()));
  health.missed = entry.health.missed + (due - next) / entry.target.interval.ms;
  entry.health = std::move(health);
  entry.due_ms = due;
  entry.is_busy = false;
  wake_.notify_one();
}

void Scraper::run() {
  std::unique_lock lock(mutex_);
  while (const std::shared_ptr<Entry> entry = next_due(lock)) {
    const Target target = entry->target;
    lock.unlock();
    Found found = visit(target, http_, clock_.now());
    const Result<void> taken = sink_(target.source, found.bytes);
    if (!taken) found.health.error = "the samples were not taken: " + taken.error().message;
    lock.lock();
    finish(*entry, std::move(found.health));
  }
}

}  // namespace tollgate::scrape
