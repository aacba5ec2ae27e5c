#include "edge/follow/follower.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace tollgate::follow {
namespace {

using doc::Node;

Node position_node(const Position& position) {
  // 64-bit numbers as texts: JSON's would lose some.
  return Node::object({{"device", std::to_string(position.device)},
                       {"inode", std::to_string(position.inode)},
                       {"offset", position.offset},
                       {"fingerprint", std::to_string(position.fingerprint)},
                       {"fingerprint_bytes", position.fingerprint_bytes}});
}

uint64_t number_of(const Node& node, std::string_view name) {
  return std::strtoull(std::string(node.text_or(name)).c_str(), nullptr, 10);
}

Position position_of(const Node& node) {
  return {.device = number_of(node, "device"),
          .inode = number_of(node, "inode"),
          .offset = node.integer_or("offset", 0),
          .fingerprint = number_of(node, "fingerprint"),
          .fingerprint_bytes = node.integer_or("fingerprint_bytes", 0)};
}

/// Writes a file beside the old one and puts it in its place.
Result<void> replace_file(const std::string& path, std::string_view text, bool is_synced) {
  const std::string fresh = path + ".new";
  const int descriptor = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) return fail(codes::io_failed, "cannot write {}: {}", fresh, strerror(errno));
  const bool is_written =
      write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      (!is_synced || fdatasync(descriptor) == 0);
  close(descriptor);
  if (is_written && rename(fresh.c_str(), path.c_str()) == 0) return {};
  return fail(codes::io_failed, "cannot write {}: {}", path, strerror(errno));
}

}  // namespace

std::string counters_body(const std::vector<Count>& counts) {
  Node list = Node::array();
  for (const Count& count : counts) {
    Node row = Node::object({{"slo", count.slo}, {"time", count.time_ms}});
    const auto put = [&row](std::string_view name, const std::string& value) {
      if (!value.empty()) row.set(name, value);
    };
    put("environment", count.environment);
    put("track", count.track);
    put("version", count.version);
    put("group", count.group);
    // A total and its partner may have been told apart by selectors that do not fit together.
    row.set("good", std::max<int64_t>(count.good, 0));
    row.set("bad", std::max<int64_t>(count.bad, 0));
    if (!count.durations.empty()) {
      Node durations = Node::array();
      for (const auto& [microseconds, events] : count.durations) {
        constexpr double kMicroseconds = 1e6;
        durations.push(Node::object(
            {{"seconds", static_cast<double>(microseconds) / kMicroseconds}, {"count", events}}));
      }
      row.set("durations", std::move(durations));
    }
    list.push(std::move(row));
  }
  return doc::compact_json(Node::object({{"counters", std::move(list)}}));
}

Result<Follower::State> Follower::load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return State{};
  std::stringstream text;
  text << file.rdbuf();
  const Result<Node> read = doc::parse_json(text.str());
  if (!read) {
    return fail(codes::syntax,
                "{} is damaged ({}); without that file the log is followed as if it were new", path,
                read.error().message);
  }
  const Node& node = *read;
  State state;
  if (const Node* at = node.find("at"); at != nullptr) state.at = position_of(*at);
  state.pending_to = node.integer_or("pending_to", -1);
  return state;
}

Result<void> Follower::save(const State& state, bool is_synced) const {
  Node node = Node::object({{"path", options_.path}, {"at", position_node(state.at)}});
  if (state.pending_to >= 0) node.set("pending_to", state.pending_to);
  return replace_file(options_.state_path, doc::pretty_json(node), is_synced);
}

Result<std::unique_ptr<Follower>> Follower::open(Options options, LineFormat format,
                                                 const std::vector<intake::RouteSpec>& rows,
                                                 HandOver hand_over) {
  TOLLGATE_TRY(const State state, load(options.state_path));
  return std::unique_ptr<Follower>(
      new Follower(std::move(options), std::move(format), rows, std::move(hand_over), state));
}

Follower::Follower(Options options, LineFormat format, const std::vector<intake::RouteSpec>& rows,
                   HandOver hand_over, const State& state)
    : options_(std::move(options)),
      counter_(options_.source, std::move(format), rows),
      hand_over_(std::move(hand_over)),
      state_(state),
      tail_(options_.path, state.at, options_.from_start) {}

/// Tells the span of the file that is under way.
std::string Follower::key() const {
  return fmt::format("follow:{}:{}:{}-{}", options_.source, state_.at.inode, state_.at.offset,
                     state_.pending_to);
}

/// Reads lines of one file and makes their counts the body that is under way. True if there is one.
Result<bool> Follower::read_and_count() {
  const bool is_again = state_.pending_to >= 0;
  const int64_t end = is_again ? state_.pending_to : -1;
  int64_t taken = 0;
  for (;;) {
    TOLLGATE_TRY(const std::string_view lines, tail_.next(end));
    if (lines.empty()) break;
    if (taken == 0) {  // perhaps of a new file: the former one was handed over to its end
      state_.at = tail_.position();
      state_.at.offset -= static_cast<int64_t>(lines.size());
    }
    (void)counter_.take(lines);
    taken += static_cast<int64_t>(lines.size());
    next_ = tail_.position();
    if (taken >= kStepBytes || (is_again && next_.offset >= end)) break;
  }
  if (taken == 0) {
    state_.pending_to = -1;  // the file is gone: its counts arrived or are lost with it
    return false;
  }
  bytes_ += taken;
  const std::vector<Count> counts = counter_.take_counts();
  state_.pending_to = next_.offset;
  body_ = counts.empty() ? std::string() : counters_body(counts);
  return true;
}

Result<void> Follower::hand_over() {
  if (!body_.empty()) {
    TOLLGATE_CHECK(save(state_, true));
    TOLLGATE_CHECK(hand_over_(options_.source, body_, key()));
  }
  state_ = {.at = next_};
  body_.clear();
  next_ = {};
  return save(state_, false);
}

bool Follower::step() {
  const auto run = [&]() -> Result<bool> {
    if (next_.inode == 0) {
      TOLLGATE_TRY(const bool has_lines, read_and_count());
      if (!has_lines) return false;
    }
    TOLLGATE_CHECK(hand_over());
    return true;
  };
  const Result<bool> outcome = run();
  problem_ = outcome ? std::string() : outcome.error().text();
  return outcome && *outcome;
}

FollowerStatus Follower::status() const {
  return {.source = options_.source,
          .path = options_.path,
          .lines = counter_.totals(),
          .tail = tail_.totals(),
          .bytes = bytes_,
          .behind_bytes = tail_.behind_bytes(),
          .problem = problem_,
          .is_open = true};
}

}  // namespace tollgate::follow
