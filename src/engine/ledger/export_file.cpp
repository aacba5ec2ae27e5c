#include "engine/ledger/export_file.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/doc/canonical.hpp"
#include "foundation/doc/json.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace tollgate::ledger {
namespace {

constexpr size_t kCheckBytes = 4;                    // of each leaf hash, in leaf_checks
constexpr size_t kHeaderBytesMax = size_t{1} << 30;  // 200 million leaves
constexpr size_t kSegmentBytes = 4 * 1024 * 1024;    // one piece of work of one thread
constexpr size_t kLookAheadBytes = 64 * 1024;  // read at once behind a segment for its last line
constexpr int kBlockLevel = 10;                // subtrees of 1024 leaves are hashed in parallel
constexpr unsigned kThreadsMax = 64;

constexpr size_t kNowhere = std::string_view::npos;
constexpr char kLeafPrefix = 0;  // RFC 6962

std::string_view view_of(std::span<const char> bytes) { return {bytes.data(), bytes.size()}; }

// Bytes that were read. Unlike a string it keeps its memory as it is between uses, without writing
// zeros into it.
class Buffer {
 public:
  void clear() { used_ = 0; }
  char* make_room(size_t count) {
    if (bytes_.size() < used_ + count) bytes_.resize(used_ + count);
    return bytes_.data() + used_;
  }
  void added(size_t count) { used_ += count; }
  size_t size() const { return used_; }
  std::span<char> part(size_t from, size_t to) { return {bytes_.data() + from, to - from}; }
  size_t find(char wanted, size_t from) const {
    return std::string_view(bytes_.data(), used_).find(wanted, from);
  }

 private:
  std::vector<char> bytes_;
  size_t used_ = 0;
};

// A file that is read at given places by several threads.
class File {
 public:
  static Result<File> open(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status {};
    if (descriptor < 0 || ::fstat(descriptor, &status) != 0) {
      const int reason = errno;
      if (descriptor >= 0) ::close(descriptor);
      return fail(codes::io_failed, "{} cannot be read: {}", path, std::strerror(reason));
    }
    return File(path, descriptor, static_cast<size_t>(status.st_size));
  }
  File(File&& other) noexcept
      : path_(std::move(other.path_)),
        descriptor_(std::exchange(other.descriptor_, -1)),
        size_(other.size_) {}
  File& operator=(File&&) = delete;
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  size_t size() const { return size_; }

  // Appends the bytes of [at, at + count) to `out`, as far as the file goes.
  Result<void> read(size_t at, size_t count, Buffer& out) const {
    count = at < size_ ? std::min(count, size_ - at) : 0;
    char* to = out.make_room(count);
    for (size_t done = 0; done < count;) {
      const ssize_t got =
          ::pread(descriptor_, to + done, count - done, static_cast<off_t>(at + done));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) {
        return fail(codes::io_failed, "{} cannot be read: {}", path_,
                    got < 0 ? std::strerror(errno) : "it became shorter");
      }
      done += static_cast<size_t>(got);
    }
    out.added(count);
    return {};
  }

 private:
  File(std::string path, int descriptor, size_t size)
      : path_(std::move(path)), descriptor_(descriptor), size_(size) {}
  std::string path_;
  int descriptor_;
  size_t size_;
};

// The header line with its line feed; empty if the file has no line feed within kHeaderBytesMax.
Result<std::string> read_header(const File& file) {
  Buffer text;
  for (size_t step = kLookAheadBytes; text.size() < file.size() && text.size() < kHeaderBytesMax;
       step *= 2) {
    const size_t before = text.size();
    TOLLGATE_CHECK(file.read(before, step, text));
    const size_t end = text.find('\n', before);
    if (end != kNowhere) return std::string(view_of(text.part(0, end + 1)));
  }
  return std::string();
}

// The lines that begin in [begin, end) of the file.
struct Segment {
  size_t begin = 0;
  size_t end = 0;
  std::vector<Digest> hashes;
};

// Visits the lines that begin in [begin, end), without their line feeds; begin is behind the
// header, so there is a byte before it, and that byte decides whether a line begins at `begin`.
// `text` is where the lines are read into: the byte before each line is a line feed that the
// visitor may overwrite.
template <class Visit>
Result<void> visit_lines(const File& file, size_t begin, size_t end, Buffer& text, Visit&& visit) {
  text.clear();
  const size_t start = begin - 1;
  TOLLGATE_CHECK(file.read(start, end - start + kLookAheadBytes, text));
  size_t at = text.find('\n', 0);
  if (at == kNowhere) return {};  // one line that began earlier covers it all
  ++at;
  for (size_t step = kLookAheadBytes; start + at < end;) {
    const size_t line_end = text.find('\n', at);
    if (line_end != kNowhere) {
      visit(text.part(at, line_end), true);
      at = line_end + 1;
      continue;
    }
    if (start + text.size() >= file.size()) {
      visit(text.part(at, text.size()), false);
      break;
    }
    step *= 2;
    TOLLGATE_CHECK(file.read(start + text.size(), step, text));
  }
  return {};
}

// The hash of a line that visit_lines gave. The leaf's prefix takes the place of the line feed
// before it, so that both are hashed in one piece.
Digest hash_in_place(std::span<char> line) {
  char* prefix = line.data() - 1;
  *prefix = kLeafPrefix;
  return sha256(std::string_view(prefix, line.size() + 1));
}

// Runs work(0), work(1), ... work(count - 1) on several threads. The first error wins.
template <class Work>
Result<void> in_parallel(unsigned threads, size_t count, Work&& work) {
  std::atomic<size_t> next{0};
  std::atomic<bool> has_failed{false};
  std::vector<Result<void>> results(threads);
  const auto run = [&](unsigned worker) {
    for (size_t i = next++; i < count && !has_failed; i = next++) {
      results[worker] = work(i);
      if (!results[worker]) has_failed = true;
    }
  };
  std::vector<std::thread> others;
  for (unsigned i = 1; i < threads; ++i) others.emplace_back(run, i);
  run(0);
  for (std::thread& other : others) other.join();
  for (Result<void>& result : results) TOLLGATE_CHECK(std::move(result));
  return {};
}

struct Hashes {
  std::vector<Digest> leaves;
  bool ends_with_line_feed = true;
};

Result<Hashes> hash_lines(const File& file, size_t first, unsigned threads) {
  std::vector<Segment> segments;
  for (size_t at = first; at < file.size(); at += kSegmentBytes) {
    segments.push_back(
        {.begin = at, .end = std::min(at + kSegmentBytes, file.size()), .hashes = {}});
  }
  std::atomic<bool> is_cut_off{false};
  TOLLGATE_CHECK(in_parallel(threads, segments.size(), [&](size_t i) {
    thread_local Buffer text;
    Segment& segment = segments[i];
    return visit_lines(file, segment.begin, segment.end, text,
                       [&](std::span<char> line, bool has_line_feed) {
                         segment.hashes.push_back(hash_in_place(line));
                         if (!has_line_feed) is_cut_off = true;
                       });
  }));
  Hashes all;
  size_t count = 0;
  for (const Segment& segment : segments) count += segment.hashes.size();
  all.leaves.reserve(count);
  for (const Segment& segment : segments) {
    all.leaves.insert(all.leaves.end(), segment.hashes.begin(), segment.hashes.end());
  }
  all.ends_with_line_feed = !is_cut_off;
  return all;
}

Result<Digest> parallel_root(std::span<const Digest> leaves, unsigned threads) {
  constexpr size_t kBlock = size_t{1} << kBlockLevel;
  std::vector<Digest> blocks(leaves.size() / kBlock);
  TOLLGATE_CHECK(in_parallel(threads, blocks.size(), [&](size_t i) -> Result<void> {
    CompactRange block;
    for (const Digest& leaf : leaves.subspan(i * kBlock, kBlock)) block.push(leaf);
    blocks[i] = block.root();
    return {};
  }));
  CompactRange range;
  for (const Digest& block : blocks) range.push_subtree(kBlockLevel, block);
  for (const Digest& leaf : leaves.subspan(blocks.size() * kBlock)) range.push(leaf);
  return range.root();
}

struct Header {
  int64_t size = 0;
  std::string checks;  // kCheckBytes of each leaf's hash
  std::string note;
  VerifierKey key;
};

Result<Header> parse_header(std::string_view line) {
  TOLLGATE_TRY(const doc::Node node, doc::parse_json(line, {.bytes_max = kHeaderBytesMax}));
  Header header;
  header.size = node.integer_or("size", -1);
  header.note = std::string(node.text_or("checkpoint"));
  TOLLGATE_TRY(header.checks, base64_decode(node.text_or("leaf_checks")));
  TOLLGATE_TRY(header.key, parse_verifier_key(node.text_or("vkey")));
  if (header.size < 0 || header.checks.size() / kCheckBytes != static_cast<size_t>(header.size)) {
    return fail(codes::bad_ledger_file, "the size does not fit the leaf checks");
  }
  return header;
}

std::string_view check_of(const Digest& hash) { return hash.view().substr(0, kCheckBytes); }

VerifyReport broken(VerifyReport report, int64_t position, std::string reason) {
  report.is_ok = false;
  report.position = position;
  report.reason = std::move(reason);
  return report;
}

// The first leaf that is not what the header says, if one can be named.
std::optional<VerifyReport> compare_leaves(const Header& header, const Hashes& found,
                                           const VerifyReport& report) {
  const auto size = static_cast<int64_t>(found.leaves.size());
  for (int64_t i = 0; i < std::min(header.size, size); ++i) {
    const auto at = static_cast<size_t>(i);
    if (std::string_view(header.checks).substr(at * kCheckBytes, kCheckBytes) !=
        check_of(found.leaves[at])) {
      return broken(report, i, "this leaf is not the one that was hashed");
    }
  }
  if (size < header.size) {
    return broken(report, size,
                  fmt::format("the file ends here, but its header says {} leaves", header.size));
  }
  if (size > header.size) {
    return broken(report, header.size,
                  fmt::format("a leaf too many: the header says {}", header.size));
  }
  if (!found.ends_with_line_feed) return broken(report, size - 1, "the last line is cut off");
  return std::nullopt;
}

VerifyReport judge(std::string_view header_line, const Hashes& found, VerifyReport report,
                   const VerifyOptions& options) {
  const Result<Header> header = parse_header(header_line);
  if (!header) {
    return broken(report, kHeaderPosition, "the header is broken: " + header.error().message);
  }
  const VerifierKey& key = options.pinned_key ? *options.pinned_key : header->key;
  const Result<Checkpoint> checkpoint = open_checkpoint(header->note, key);
  if (!checkpoint) {
    return broken(report, kHeaderPosition, "the checkpoint: " + checkpoint.error().message);
  }
  report.origin = checkpoint->origin;
  // A right root clears every leaf: what is wrong then can only be the header itself.
  const bool is_same_tree = checkpoint->size == report.size && checkpoint->root == report.root;
  if (!is_same_tree) {
    if (auto found_leaf = compare_leaves(*header, found, report)) return *found_leaf;
    return broken(
        report, kHeaderPosition,
        fmt::format("the leaves have root {}, the checkpoint says {} at size {}",
                    digest_text(report.root), digest_text(checkpoint->root), checkpoint->size));
  }
  if (!found.ends_with_line_feed)
    return broken(report, report.size - 1, "the last line is cut off");
  if (checkpoint->origin != header->key.name || key != header->key ||
      export_header(found.leaves, header->note, header->key) != header_line) {
    return broken(report, kHeaderPosition, "the header does not agree with the leaves");
  }
  report.is_ok = true;
  return report;
}

}  // namespace

std::string export_header(std::span<const Digest> leaf_hashes, std::string_view checkpoint_note,
                          const VerifierKey& key) {
  std::string checks;
  checks.reserve(leaf_hashes.size() * kCheckBytes);
  for (const Digest& hash : leaf_hashes) checks.append(check_of(hash));
  const Result<Checkpoint> checkpoint = parse_checkpoint(checkpoint_note);
  const Digest root = checkpoint ? checkpoint->root : Digest{};
  return doc::canonical_json(doc::Node::object({{"checkpoint", checkpoint_note},
                                                {"leaf_checks", base64_encode(checks)},
                                                {"origin", std::string_view(key.name)},
                                                {"root", digest_text(root)},
                                                {"size", static_cast<int64_t>(leaf_hashes.size())},
                                                {"vkey", key.text()}})) +
         "\n";
}

Result<VerifyReport> verify_export(const std::string& path, const VerifyOptions& options) {
  TOLLGATE_TRY(const File file, File::open(path));
  TOLLGATE_TRY(const std::string header_line, read_header(file));
  if (header_line.empty()) {
    return broken({}, kHeaderPosition, "the file has no header line");
  }
  const unsigned threads =
      std::clamp(options.threads != 0 ? options.threads : std::thread::hardware_concurrency(), 1U,
                 kThreadsMax);
  TOLLGATE_TRY(const Hashes found, hash_lines(file, header_line.size(), threads));
  VerifyReport report;
  report.size = static_cast<int64_t>(found.leaves.size());
  TOLLGATE_TRY(report.root, parallel_root(found.leaves, threads));
  return judge(header_line, found, std::move(report), options);
}

Result<void> read_export(
    const std::string& path,
    const std::function<Result<void>(int64_t position, std::string_view leaf)>& visit) {
  TOLLGATE_TRY(const File file, File::open(path));
  TOLLGATE_TRY(const std::string header_line, read_header(file));
  if (header_line.empty()) return fail(codes::bad_ledger_file, "{} has no header line", path);
  Buffer text;
  int64_t position = 0;
  Result<void> outcome;
  for (size_t at = header_line.size(); at < file.size() && outcome; at += kSegmentBytes) {
    const size_t end = std::min(at + kSegmentBytes, file.size());
    TOLLGATE_CHECK(
        visit_lines(file, at, end, text, [&](std::span<const char> line, bool has_line_feed) {
          if (!outcome) return;
          if (!has_line_feed) {
            outcome = fail(codes::bad_ledger_file, "{} is cut off", path);
            return;
          }
          outcome = visit(position++, view_of(line));
        }));
  }
  return outcome;
}

}  // namespace tollgate::ledger
