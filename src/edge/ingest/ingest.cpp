#include "edge/ingest/ingest.hpp"

#include "edge/ingest/json_lines.hpp"
#include "edge/ingest/line_parser.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <unistd.h>
#include <variant>

namespace tollgate::ingest {
namespace {

constexpr std::array<std::string_view, 4> kFormatNames = {"common", "combined", "json", "csv"};
constexpr size_t kChunkBytes = 1024 * 1024;

using Parser = std::variant<AccessLogParser, JsonLogParser, CsvParser, PatternLogParser>;

Parser make_parser(const FileFormat& file, const Classifier& classifier) {
  if (!file.pattern().empty()) {
    Result<LogFormat> own = LogFormat::parse(file.pattern());  // it was parsed before
    if (own) return PatternLogParser(classifier, std::move(*own));
  }
  const Format format = file.format();
  switch (format) {
    case Format::json:
      return JsonLogParser(classifier);
    case Format::csv:
      return CsvParser(classifier);
    case Format::common:
    case Format::combined:
      break;
  }
  return AccessLogParser(classifier, format == Format::combined);
}

/// Adds up events on their way to the cells. Neighbouring events mostly share a cell, so sums wait
/// in a small table.
class Counter {
 public:
  explicit Counter(Ingested& into) : into_(into) {}

  void reject(int64_t line, Refusal reason) {
    ++into_.summary.lines;
    ++into_.summary.rejected;
    auto& rejects = into_.summary.rejects;
    if (rejects.size() < kRejectsMax) rejects.push_back({line, std::string(reason)});
  }

  void accept(int64_t line, const LineEvent& event) {
    if (event.time < Time{0} || event.time >= kTimeEnd) return reject(line, "time out of range");
    const int64_t cell = event.time.ms / slo::kCellLength.ms;
    Pending& pending = pending_[static_cast<size_t>(cell) % pending_.size()];
    if (pending.cell != cell) {
      flush(pending);
      pending.cell = cell;
    }
    pending.counts += event.counts;
    ++into_.summary.lines;
    ++into_.summary.accepted;
    first_ = std::min(first_, event.time);
    last_ = std::max(last_, event.time);
  }

  void finish() {
    for (Pending& pending : pending_) flush(pending);
    Summary& summary = into_.summary;
    if (summary.accepted > 0) {
      summary.first = first_;
      summary.last = last_;
    }
    summary.good += into_.cells.total().good;
    summary.bad += into_.cells.total().bad;
  }

 private:
  struct Pending {
    int64_t cell = -1;
    slo::Counts counts;
  };
  static constexpr Time kTimeEnd{253'402'300'800'000};  // the year 10000
  static constexpr size_t kPendingCells = 512;

  void flush(Pending& pending) {
    if (pending.cell < 0) return;
    // A cell refuses only counts that no log can reach.
    (void)into_.cells.add(Time{pending.cell * slo::kCellLength.ms}, pending.counts);
    pending.counts = {};
  }

  Ingested& into_;
  std::array<Pending, kPendingCells> pending_;
  Time first_{INT64_MAX};
  Time last_{INT64_MIN};
};

/// Cuts bytes into lines and feeds them to the parser of the format.
class Lines {
 public:
  Lines(const FileFormat& format, const Classifier& classifier, Ingested& into)
      : parser_(make_parser(format, classifier)), counter_(into) {}

  /// Takes all whole lines of `bytes` and gives how many bytes those were.
  size_t take(std::string_view bytes) {
    return std::visit([&](auto& parser) { return take_with(parser, bytes); }, parser_);
  }
  /// The last line, which has no line break.
  void take_last(std::string_view line) {
    std::visit([&](auto& parser) { take_line(parser, line); }, parser_);
    counter_.finish();
  }
  /// A line that is too long to look at.
  void refuse_long() { counter_.reject(++line_, "line too long"); }

 private:
  template <class LineParser>
  size_t take_with(LineParser& parser, std::string_view bytes) {
    const char* at = bytes.data();
    const char* const end = at + bytes.size();
    while (at < end) {
      const auto* stop =
          static_cast<const char*>(std::memchr(at, '\n', static_cast<size_t>(end - at)));
      if (stop == nullptr) break;
      take_line(parser, {at, static_cast<size_t>(stop - at)});
      at = stop + 1;
    }
    return static_cast<size_t>(at - bytes.data());
  }

  template <class LineParser>
  void take_line(LineParser& parser, std::string_view line) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    ++line_;
    if (line_ == 1 && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty()) return;
    if (line.size() > kLineLengthMax) return counter_.reject(line_, "line too long");
    if constexpr (std::is_same_v<LineParser, CsvParser>) {
      if (!parser.has_header()) {
        broken_header_ = parser.take_header(line);
        return;
      }
      if (!broken_header_.empty()) return counter_.reject(line_, broken_header_);
    }
    LineEvent event;
    const Refusal refusal = parser.parse(line, event);
    if (refusal.empty()) {
      counter_.accept(line_, event);
    } else {
      counter_.reject(line_, refusal);
    }
  }

  Parser parser_;
  Counter counter_;
  int64_t line_ = 0;
  Refusal broken_header_;
};

/// SHA-256 over pieces.
class FileDigest {
 public:
  FileDigest() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr);
  }
  void take(std::string_view bytes) {
    EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
  }
  Digest finish() {
    Digest digest;
    EVP_DigestFinal_ex(context_.get(), digest.bytes.data(), nullptr);
    return digest;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

class File {
 public:
  explicit File(const std::string& path) : descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  bool is_open() const { return descriptor_ >= 0; }
  /// Bytes read, 0 at the end, below 0 on an error.
  ssize_t read_some(char* into, size_t size) const {
    ssize_t got = 0;
    do {
      got = read(descriptor_, into, size);
    } while (got < 0 && errno == EINTR);
    return got;
  }

 private:
  int descriptor_;
};

/// "404", "5xx" or "500-504" as a span of statuses. False if it is none.
bool parse_statuses(std::string_view text, int64_t& first, int64_t& last) {
  if (text.size() == 3 && text.substr(1) == "xx" && text[0] >= '1' && text[0] <= '9') {
    first = (text[0] - '0') * 100;
    last = first + 99;
    return true;
  }
  const size_t dash = text.find('-');
  const auto low = parse_integer(trim(text.substr(0, dash)));
  const auto high =
      dash == std::string_view::npos ? low : parse_integer(trim(text.substr(dash + 1)));
  if (!low || !high) return false;
  first = *low;
  last = *high;
  return first >= 100 && first <= last && last < static_cast<int64_t>(kStatusEnd);
}

}  // namespace

Result<FileFormat> FileFormat::parse(std::string_view name) {
  for (size_t i = 0; i < kFormatNames.size(); ++i) {
    if (kFormatNames[i] == name) return FileFormat(static_cast<Format>(i));
  }
  if (name.find('$') != std::string_view::npos) {
    TOLLGATE_TRY(const LogFormat own, LogFormat::parse(name));
    if (!own.has_status()) {
      return fail(codes::bad_value,
                  "the log format has no $status, by which events are good or bad");
    }
    FileFormat format(Format::combined);
    format.pattern_ = name;
    return format;
  }
  const std::vector<std::string> names(kFormatNames.begin(), kFormatNames.end());
  return fail(codes::unknown_name,
              "no log format is called \"{}\"{}; known are {}, and the "
              "text of nginx' log_format, such as '[$time_local] $status'",
              name, did_you_mean(name, names), join(names, ", "));
}

Result<Classifier> parse_classifier(std::string_view bad, Duration slower_than) {
  Classifier classifier{.bad_status = std::vector<bool>(kStatusEnd), .slower_than = slower_than};
  for (const std::string_view part : split(bad, ',')) {
    int64_t first = 0;
    int64_t last = -1;
    if (!parse_statuses(trim(part), first, last)) {
      return fail(codes::bad_usage,
                  "\"{}\" does not name HTTP statuses; write \"5xx\", \"500-504\" or \"429\"",
                  part);
    }
    for (; first <= last; ++first) classifier.bad_status[static_cast<size_t>(first)] = true;
  }
  return classifier;
}

Refusal classify(const Classifier& classifier, int64_t status, int64_t duration_ms,
                 slo::Counts& counts) {
  if (status < 100 || status >= static_cast<int64_t>(kStatusEnd)) return "no status";
  bool is_bad = classifier.bad_status[static_cast<size_t>(status)];
  if (classifier.slower_than.ms > 0) {
    if (duration_ms < 0) return "no duration";
    is_bad = is_bad || duration_ms > classifier.slower_than.ms;
  }
  counts = is_bad ? slo::Counts{.good = 0, .bad = 1} : slo::Counts{.good = 1, .bad = 0};
  return {};
}

Ingested ingest_bytes(std::string_view bytes, const FileFormat& format,
                      const Classifier& classifier) {
  Ingested result;
  result.digest = sha256(bytes);
  Lines lines(format, classifier, result);
  lines.take_last(bytes.substr(lines.take(bytes)));
  return result;
}

Result<Ingested> ingest_file(const std::string& path, const FileFormat& format,
                             const Classifier& classifier) {
  const File file(path);
  if (!file.is_open()) return fail(codes::io_failed, "cannot open {}: {}", path, strerror(errno));
  Ingested result;
  Lines lines(format, classifier, result);
  FileDigest digest;
  std::vector<char> buffer(kLineLengthMax + kChunkBytes);
  size_t filled = 0;         // bytes of a line that goes on
  bool is_skipping = false;  // inside a line that is too long
  for (;;) {
    const ssize_t got = file.read_some(buffer.data() + filled, kChunkBytes);
    if (got < 0) return fail(codes::io_failed, "cannot read {}: {}", path, strerror(errno));
    if (got == 0) break;
    std::string_view bytes(buffer.data() + filled, static_cast<size_t>(got));
    digest.take(bytes);
    if (is_skipping) {
      const size_t stop = bytes.find('\n');
      if (stop == std::string_view::npos) continue;
      bytes.remove_prefix(stop + 1);
      is_skipping = false;
      filled = 0;
    } else {
      bytes = {buffer.data(), filled + static_cast<size_t>(got)};
    }
    bytes.remove_prefix(lines.take(bytes));
    is_skipping = bytes.size() > kLineLengthMax;
    if (is_skipping) lines.refuse_long();
    filled = is_skipping ? 0 : bytes.size();
    std::memmove(buffer.data(), bytes.data(), filled);
  }
  lines.take_last({buffer.data(), filled});
  result.digest = digest.finish();
  return result;
}

}  // namespace tollgate::ingest
