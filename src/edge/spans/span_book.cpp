#include "edge/spans/span_book.hpp"

#include "edge/intake/route_rules.hpp"
#include "edge/store/sqlite_handle.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <sys/stat.h>

namespace tollgate::spans {
namespace {

constexpr const char* kSchema = R"(
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA busy_timeout = 5000;
CREATE TABLE IF NOT EXISTS latency_slots (start_ms INTEGER PRIMARY KEY, cells BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS kept (id INTEGER PRIMARY KEY CHECK (id = 1), sequence INTEGER NOT NULL);
)";
constexpr Duration kFarAhead = days(365);

/// The first eight bytes; identifiers are eight or sixteen.
uint64_t number_of(std::string_view bytes) {
  uint64_t number = 0;
  if (!bytes.empty()) std::memcpy(&number, bytes.data(), std::min<size_t>(bytes.size(), 8));
  return number;
}

/// The first of many names.
std::string some_of(const std::vector<std::string>& names) {
  constexpr size_t kNamesShown = 20;
  if (names.size() <= kNamesShown) return join(names, ", ");
  return fmt::format("{} and {} more", join(std::span(names).first(kNamesShown), ", "),
                     names.size() - kNamesShown);
}

}  // namespace

/// The tables.
class SpanBook::File {
 public:
  static Result<std::unique_ptr<File>> open(const std::string& path) {
    // A folder that cannot be made is found by opening the file.
    (void)::mkdir(std::filesystem::path(path).parent_path().c_str(), 0700);
    sqlite3* raw = nullptr;
    const int status = sqlite3_open_v2(
        path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX,
        nullptr);
    auto file = std::unique_ptr<File>(new File(store::Connection(raw)));
    if (status != SQLITE_OK) return fail(store::sqlite_error(raw, "cannot open " + path));
    TOLLGATE_CHECK(store::execute(raw, kSchema));
    return file;
  }

  Result<uint64_t> load(traces::LatencyBook& book) {
    TOLLGATE_TRY(const store::Statement slots,
                 store::prepare(db(), "SELECT start_ms, cells FROM latency_slots"));
    int status = 0;
    while ((status = sqlite3_step(slots.get())) == SQLITE_ROW) {
      TOLLGATE_CHECK(
          book.put(sqlite3_column_int64(slots.get(), 0), store::column_bytes(slots.get(), 1)));
    }
    if (status != SQLITE_DONE) return fail(store::sqlite_error(db(), "cannot read latencies"));
    TOLLGATE_TRY(const std::string kept, store::query_text(db(), "SELECT sequence FROM kept"));
    return std::strtoull(kept.c_str(), nullptr, 10);
  }

  Result<void> write(const std::vector<std::pair<int64_t, std::string>>& changes,
                     uint64_t sequence) {
    TOLLGATE_CHECK(store::execute(db(), "BEGIN IMMEDIATE"));
    Result<void> written = write_rows(changes, sequence);
    if (written) written = store::execute(db(), "COMMIT");
    if (!written) (void)store::execute(db(), "ROLLBACK");
    return written;
  }

 private:
  explicit File(store::Connection connection) : connection_(std::move(connection)) {}
  sqlite3* db() const { return connection_.get(); }

  Result<void> write_rows(const std::vector<std::pair<int64_t, std::string>>& changes,
                          uint64_t sequence) {
    TOLLGATE_TRY(const store::Statement put,
                 store::prepare(db(), "INSERT OR REPLACE INTO latency_slots VALUES (?1, ?2)"));
    TOLLGATE_TRY(const store::Statement erase,
                 store::prepare(db(), "DELETE FROM latency_slots WHERE start_ms = ?1"));
    for (const auto& [start, bytes] : changes) {
      sqlite3_stmt* const statement = bytes.empty() ? erase.get() : put.get();
      sqlite3_bind_int64(statement, 1, start);
      if (!bytes.empty()) store::bind_bytes(statement, 2, bytes);
      if (sqlite3_step(statement) != SQLITE_DONE)
        return fail(store::sqlite_error(db(), "cannot write latencies"));
      sqlite3_reset(statement);
    }
    const std::string kept =
        fmt::format("INSERT OR REPLACE INTO kept (id, sequence) VALUES (1, {})", sequence);
    return store::execute(db(), kept.c_str());
  }

  store::Connection connection_;
};

SpanBook::SpanBook(std::unique_ptr<File> file) : file_(std::move(file)), assembler_(book_) {}
SpanBook::~SpanBook() = default;

Result<std::unique_ptr<SpanBook>> SpanBook::open(const std::string& path) {
  TOLLGATE_TRY(std::unique_ptr<File> file, File::open(path));
  std::unique_ptr<SpanBook> book(new SpanBook(std::move(file)));
  TOLLGATE_TRY(book->kept_, book->file_->load(book->book_));
  return book;
}

void SpanBook::take(const intake::Batch& batch, uint64_t sequence) {
  if (batch.spans.empty()) return;
  const std::lock_guard lock(mutex_);
  if (sequence <= kept_) return;
  for (const intake::Event& event : batch.events) {
    if (event.span >= 0) add(batch, event);
  }
  assembler_.advance({batch.arrived_ms});
}

/// Under mutex_.
void SpanBook::add(const intake::Batch& batch, const intake::Event& event) {
  const std::span<const intake::Label> labels(batch.labels.data() + event.first_label,
                                              event.label_count);
  const std::string_view service = intake::value_of(labels, "service.name");
  const std::string_view kind = intake::value_of(labels, "span.kind");
  const cells::SeriesKey place = intake::key_of({}, labels);
  const intake::SpanPlace& where = batch.spans[static_cast<size_t>(event.span)];
  traces::Span span{.id = number_of(where.span_id),
                    .parent = number_of(where.parent_id),
                    .start_us = where.start_us,
                    .duration_us = event.duration_us,
                    .weight = static_cast<float>(event.weight),
                    .is_error = event.is_error,
                    .is_entry_kind = kind == "server" || kind == "consumer"};
  span.place = book_.names().place(service, place.environment, place.track, place.version);
  span.operation = book_.names().operation(service, intake::value_of(labels, "span.name"));
  const traces::TraceId trace = {number_of(where.trace_id), number_of(where.trace_id.substr(8))};
  assembler_.add(trace, span, {batch.arrived_ms});
}

Result<void> SpanBook::keep(uint64_t sequence) {
  std::vector<std::pair<int64_t, std::string>> changes;
  {
    const std::lock_guard lock(mutex_);
    changes = book_.take_changes();
    if (changes.empty() && sequence <= kept_) return {};
    sequence = std::max(sequence, kept_);
  }
  TOLLGATE_CHECK(file_->write(changes, sequence));
  const std::lock_guard lock(mutex_);
  kept_ = sequence;
  return {};
}

Result<void> SpanBook::save() { return keep(0); }

void SpanBook::advance(Time now) {
  const std::lock_guard lock(mutex_);
  assembler_.advance(now);
}

void SpanBook::finish() {
  const std::lock_guard lock(mutex_);
  assembler_.advance(Time{INT64_MAX / 2} - kFarAhead);
}

/// Under mutex_.
Error SpanBook::unseen(std::string_view service) const {
  const std::vector<std::string> services = book_.services();
  return {.code = codes::not_found,
          .message = fmt::format("no traces of a service \"{}\" were seen{}", service,
                                 did_you_mean(service, services)),
          .help = services.empty() ? "No traces came at all: docs/SIGNALS.md says how to send them."
                                   : fmt::format("Seen were the services {}.", some_of(services))};
}

Result<CompareAnswer> SpanBook::compare(const CompareQuestion& question) const {
  const std::lock_guard lock(mutex_);
  CompareAnswer answer{.question = question, .comparison = {}, .counts = assembler_.counts()};
  const auto versions = book_.versions(question.service);
  if (versions.empty()) {
    return fail(unseen(question.service));
  }
  std::vector<std::string> names;
  for (const auto& version : versions) names.push_back(version.version);
  CompareQuestion& taken = answer.question;
  if (taken.after.empty()) taken.after = names.back();
  if (taken.before.empty()) {
    const auto after = std::find(names.begin(), names.end(), taken.after);
    if (after != names.begin() && after != names.end()) taken.before = *(after - 1);
  }
  for (const std::string* version : {&taken.before, &taken.after}) {
    const bool is_track_asked = !taken.track_before.empty() && !taken.track_after.empty();
    if (version->empty() && is_track_asked) continue;
    if (std::find(names.begin(), names.end(), *version) != names.end()) continue;
    return fail(
        Error{.code = codes::not_found,
              .message = fmt::format("no traces of version \"{}\" of {} were seen; seen were: {}",
                                     *version, question.service, some_of(names)),
              .help = "Name two of these, or none for the last two."});
  }
  traces::LatencyBook::Selection selection{.service = taken.service,
                                           .version = taken.before,
                                           .track = taken.track_before,
                                           .environment = taken.environment,
                                           .operation = taken.operation};
  const traces::VisitCell before = book_.visits(selection);
  selection.version = taken.after;
  selection.track = taken.track_after;
  answer.comparison = traces::compare(before, book_.visits(selection), book_.names());
  return answer;
}

std::vector<traces::LatencyBook::Version> SpanBook::versions(std::string_view service) const {
  const std::lock_guard lock(mutex_);
  return book_.versions(service);
}

Result<std::vector<OperationLatency>> SpanBook::operations(std::string_view service,
                                                           std::string_view version,
                                                           std::string_view environment) const {
  const std::lock_guard lock(mutex_);
  const auto versions = book_.versions(service);
  std::vector<OperationLatency> out;
  for (auto& [operation, cell] : book_.operations({.service = std::string(service),
                                 .version = std::string(version),
                                 .environment = std::string(environment)}))
    out.push_back({book_.names().operation(operation).name, std::move(cell)});
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return a.cell.all.weight > b.cell.all.weight;
  });
  if (!out.empty()) return out;
  if (versions.empty()) return fail(unseen(service));
  std::vector<std::string> names;
  for (const auto& known : versions) names.push_back(known.version);
  return fail(Error{
      .code = codes::not_found,
      .message = fmt::format("no spans of {} with version \"{}\" in environment \"{}\" were seen",
                             service, version, environment),
      .help = fmt::format("Seen were the versions {}.", some_of(names))});
}

std::vector<std::string> SpanBook::services() const {
  const std::lock_guard lock(mutex_);
  return book_.services();
}

traces::TraceCounts SpanBook::counts() const {
  const std::lock_guard lock(mutex_);
  return assembler_.counts();
}

}  // namespace tollgate::spans
