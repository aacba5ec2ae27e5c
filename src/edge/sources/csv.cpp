// A CSV file as a source: what another system exports on a schedule, on this machine or behind a
// URL. It is read again when it has changed; the whole of it counts, or nothing.
#include "edge/cells/cell_store.hpp"
#include "edge/ingest/ingest.hpp"
#include "edge/sources/connection.hpp"
#include "edge/sources/source.hpp"
#include "foundation/base/codes.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>
#include <sys/stat.h>

namespace tollgate::sources {
namespace {

constexpr int64_t kFileBytesMax = 256 * 1024 * 1024;
constexpr Duration kAskedAgainAfter = seconds(10);  // of a URL, which does not tell its changes

struct FileState {
  uint64_t inode = 0;
  int64_t size = -1;
  int64_t changed_ns = 0;
  friend bool operator==(const FileState&, const FileState&) = default;
};

Result<FileState> look_at(const std::string& path) {
  struct stat found {};
  if (stat(path.c_str(), &found) != 0)
    return fail(codes::io_failed, "cannot read {}: {}", path, strerror(errno));
  if (!S_ISREG(found.st_mode)) return fail(codes::io_failed, "{} is no regular file", path);
  if (found.st_size > kFileBytesMax) {
    return fail(codes::too_large, "{} has {} bytes; at most {} are read", path, found.st_size,
                kFileBytesMax);
  }
  constexpr int64_t kNanoseconds = 1'000'000'000;
  return FileState{.inode = found.st_ino,
                   .size = found.st_size,
                   .changed_ns = found.st_mtim.tv_sec * kNanoseconds + found.st_mtim.tv_nsec};
}

std::string setting(const SourceConfig& config, std::string_view key) {
  const auto found = config.settings.find(key);
  return found == config.settings.end() ? std::string() : found->second;
}

Result<ingest::Classifier> classify(std::string_view bad, std::string_view slower_than) {
  Duration longest_good;
  if (!slower_than.empty()) {
    TOLLGATE_TRY(longest_good, parse_duration(slower_than));
  }
  return ingest::parse_classifier(bad.empty() ? "5xx" : bad, longest_good);
}

Result<void> check(const SourceConfig& config) {
  if (config.url.empty() && setting(config, "path").empty())
    return fail(codes::missing_field, "a CSV source needs connectionDetails.path or url");
  TOLLGATE_CHECK(classify(setting(config, "bad"), setting(config, "slowerThan")));
  return {};
}

class CsvSource : public engine::SignalSource {
 public:
  CsvSource(SourceConfig config, engine::HttpClient& http)
      : name_("csv:" + config.name),
        path_(setting(config, "path")),
        bad_(setting(config, "bad")),
        slower_than_(setting(config, "slowerThan")),
        connection_(std::move(config), http) {}

  std::string_view name() const override { return name_; }

  model::Reading read(const engine::ReadingRequest& request) override {
    model::Reading reading = start_reading(request, name_);
    const auto file = current(request.timeout);
    if (!file) {
      reading.error = file.error().message;
      return reading;
    }
    fill(request, **file, reading);
    return reading;
  }

 private:
  using File = std::shared_ptr<const ingest::Ingested>;

  /// The file as it is now, or why it counts nothing. One thread reads; others wait for it.
  Result<File> current(Duration timeout) {
    const std::lock_guard lock(mutex_);
    if (path_.empty()) {
      const Deadline now = std::chrono::steady_clock::now();
      if (last_ && now < asked_at_ + std::chrono::milliseconds(kAskedAgainAfter.ms)) return *last_;
      asked_at_ = now;
    } else {
      TOLLGATE_TRY(const FileState state, look_at(path_));
      if (last_ && state == state_) return *last_;
      state_ = state;
    }
    last_ = load(timeout);
    return *last_;
  }

  Result<File> load(Duration timeout) {
    TOLLGATE_TRY(const ingest::Classifier classifier, classify(bad_, slower_than_));
    Result<ingest::Ingested> read =
        path_.empty() ? fetch(classifier, timeout)
                      : ingest::ingest_file(path_, ingest::Format::csv, classifier);
    TOLLGATE_TRY(ingest::Ingested whole, std::move(read).and_then(whole_or_nothing));
    return std::make_shared<const ingest::Ingested>(std::move(whole));
  }

  Result<ingest::Ingested> fetch(const ingest::Classifier& classifier, Duration timeout) {
    TOLLGATE_CHECK(check(connection_.config()));
    TOLLGATE_TRY(const engine::HttpResponse response,
                 connection_.send("", "", "", connection_.deadline(timeout)));
    if (response.status != 200) {
      return fail(codes::bad_response, "{} answered with status {}", connection_.config().url,
                  response.status);
    }
    return ingest::ingest_bytes(response.body, ingest::Format::csv, classifier);
  }

  static Result<ingest::Ingested> whole_or_nothing(ingest::Ingested&& file) {
    const ingest::Summary& summary = file.summary;
    if (summary.rejected == 0) return std::move(file);
    const ingest::Reject first = summary.rejects.empty() ? ingest::Reject{} : summary.rejects[0];
    return fail(codes::bad_log_line, "{} of {} lines cannot be read; line {}: {}", summary.rejected,
                summary.lines, first.line, first.reason);
  }

  void fill(const engine::ReadingRequest& request, const ingest::Ingested& file,
            model::Reading& reading) const {
    const slo::Span known{request.span.from, std::min(request.span.to, request.as_of)};
    const slo::Objective& objective = *request.objective;
    const slo::CellSeries* const cells = &file.cells;
    const slo::Counts counts = cells->counts(known);
    reading.good = counts.good;
    reading.bad = counts.bad;
    reading.total = counts.total();
    if (objective.method != slo::BudgetingMethod::occurrences)
      reading.slices = slo::slices({&cells, 1}, known, objective.slice, objective.slice_target);
    reading.completeness =
        slo::completeness({&cells, 1}, known, cells::completeness_step(objective, known));
    if (file.summary.last) {
      reading.watermark =
          std::min(*file.summary.last - connection_.config().lateness, request.as_of);
    }
  }

  const std::string name_;
  const std::string path_;
  const std::string bad_;
  const std::string slower_than_;
  Connection connection_;
  std::mutex mutex_;
  std::optional<Result<File>> last_;  // guarded by mutex_: what the last reading of it came to
  FileState state_;                   // guarded by mutex_: of path_ then
  Deadline asked_at_ = {};            // guarded by mutex_: the URL
};

constexpr std::array<std::string_view, 3> kSettings = {"path", "bad", "slowerThan"};

}  // namespace

const SourceKind kCsvSource = {
    .type = "csv",
    .title = "A CSV file, local or behind a URL",
    .doc =
        "Counts the rows of a file that another system writes: a time and good, bad, total or one "
        "event a row, as `signal import` reads them. Needs no query. Settings: path or url, bad, "
        "slowerThan. A file with a row that cannot be read counts nothing.",
    .make = [](const SourceConfig& config,
               const Parts& parts) -> std::unique_ptr<engine::SignalSource> {
      return std::make_unique<CsvSource>(config, parts.http);
    },
    .settings = kSettings,
    .knows_url = true,
    .check = check};

}  // namespace tollgate::sources
