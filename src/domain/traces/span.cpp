#include "domain/traces/span.hpp"

#include <algorithm>

namespace tollgate::traces {
namespace {

constexpr std::string_view kOther = "(other)";
constexpr int64_t kSkewMin = 1000;  // us: less is rounding
constexpr int32_t kNone = -1;

std::string cut(std::string_view text) { return std::string(text.substr(0, kTextMax)); }

/// The number of a thing, a new one if it is not known yet.
template <class Thing>
uint32_t number_of(Thing thing, uint32_t max, std::map<Thing, uint32_t>& numbers,
                   std::vector<const Thing*>& things) {
  const auto known = numbers.find(thing);
  if (known != numbers.end()) return known->second;
  if (things.size() >= max) return 0;
  const auto number = static_cast<uint32_t>(things.size());
  const auto [place, is_new] = numbers.emplace(std::move(thing), number);
  things.push_back(&place->first);
  return number;
}

/// One span in the tree of its trace.
struct Tree {
  int32_t parent = kNone;
  int32_t first_child = kNone;
  int32_t next_sibling = kNone;
  int64_t start = 0;  // the part of its time that its parent could wait for
  int64_t end = 0;
  int32_t active_children = 0;
  double since = 0;  // the shared clock when it became the one that works
  double own = 0;
};

class Trace {
 public:
  explicit Trace(std::vector<Span> spans) : spans_(std::move(spans)), tree_(spans_.size()) {}

  TraceShape take_apart() {
    link();
    TraceShape shape;
    for (size_t i = 0; i < spans_.size(); ++i) {
      if (tree_[i].parent != kNone) continue;
      const bool is_root = spans_[i].parent == 0;
      shape.has_root = shape.has_root || is_root;
      if (!is_root) ++shape.orphans;
      tree_[i].start = spans_[i].start_us;
      tree_[i].end = spans_[i].start_us + spans_[i].duration_us;
      place_children(static_cast<int32_t>(i), shape);
    }
    for (size_t i = 0; i < spans_.size(); ++i) {
      if (is_entry(i)) shape.visits.push_back(visit(static_cast<int32_t>(i)));
    }
    return shape;
  }

 private:
  /// Sorted by identifier, each once, with parents and children.
  void link() {
    std::sort(spans_.begin(), spans_.end(), [](const Span& a, const Span& b) {
      return a.id != b.id ? a.id < b.id : a.start_us < b.start_us;
    });
    spans_.erase(std::unique(spans_.begin(), spans_.end(),
                             [](const Span& a, const Span& b) { return a.id == b.id; }),
                 spans_.end());
    tree_.resize(spans_.size());
    for (size_t i = 0; i < spans_.size(); ++i) {
      if (spans_[i].parent == 0 || spans_[i].parent == spans_[i].id) continue;
      const auto found =
          std::lower_bound(spans_.begin(), spans_.end(), spans_[i].parent,
                           [](const Span& span, uint64_t id) { return span.id < id; });
      if (found == spans_.end() || found->id != spans_[i].parent) continue;
      tree_[i].parent = static_cast<int32_t>(found - spans_.begin());
    }
    cut_circles();
    for (size_t i = spans_.size(); i-- > 0;) {
      if (tree_[i].parent == kNone) continue;
      Tree& parent = tree_[static_cast<size_t>(tree_[i].parent)];
      tree_[i].next_sibling = parent.first_child;
      parent.first_child = static_cast<int32_t>(i);
    }
  }

  /// Spans that are their own ancestors: broken instrumentation. The first of them becomes an
  /// orphan.
  void cut_circles() {
    std::vector<int32_t> seen(spans_.size(), kNone);  // in the walk that began at this span
    for (size_t i = 0; i < spans_.size(); ++i) {
      auto at = static_cast<int32_t>(i);
      while (at != kNone && seen[static_cast<size_t>(at)] == kNone) {
        seen[static_cast<size_t>(at)] = static_cast<int32_t>(i);
        at = tree_[static_cast<size_t>(at)].parent;
      }
      if (at != kNone && seen[static_cast<size_t>(at)] == static_cast<int32_t>(i))
        tree_[static_cast<size_t>(at)].parent = kNone;
    }
  }

  /// Gives all descendants the part of their time that lies inside their parents'.
  void place_children(int32_t top, TraceShape& shape) {
    std::vector<int32_t> waiting = {top};
    while (!waiting.empty()) {
      const auto at = static_cast<size_t>(waiting.back());
      waiting.pop_back();
      for (int32_t child = tree_[at].first_child; child != kNone;
           child = tree_[static_cast<size_t>(child)].next_sibling) {
        const auto each = static_cast<size_t>(child);
        int64_t start = spans_[each].start_us;
        const int64_t duration = spans_[each].duration_us;
        const int64_t room = tree_[at].end - tree_[at].start;
        const bool is_outside =
            start + kSkewMin < tree_[at].start || start + duration > tree_[at].end + kSkewMin;
        const bool is_elsewhere = service(each) != service(at);
        if (is_outside && is_elsewhere && duration <= room) {
          start = tree_[at].start + (room - duration) / 2;
          ++shape.skewed;
        }
        tree_[each].start = std::clamp(start, tree_[at].start, tree_[at].end);
        tree_[each].end = std::clamp(start + duration, tree_[each].start, tree_[at].end);
        waiting.push_back(child);
      }
    }
  }

  uint32_t service(size_t i) const { return spans_[i].place; }

  bool is_entry(size_t i) const {
    if (tree_[i].parent != kNone)
      return service(i) != service(static_cast<size_t>(tree_[i].parent));
    return spans_[i].parent == 0 || spans_[i].is_entry_kind;
  }

  Visit visit(int32_t top) {
    members_.clear();
    members_.push_back(top);
    for (size_t i = 0; i < members_.size(); ++i) {
      for (int32_t child = tree_[static_cast<size_t>(members_[i])].first_child; child != kNone;
           child = tree_[static_cast<size_t>(child)].next_sibling)
        members_.push_back(child);
    }
    share_time(top);
    Visit visit{.entry = spans_[static_cast<size_t>(top)],
                .spans = static_cast<int32_t>(members_.size()),
                .is_root = spans_[static_cast<size_t>(top)].parent == 0,
                .parts = {}};
    std::sort(members_.begin(), members_.end(), [&](int32_t a, int32_t b) {
      const uint32_t left = spans_[static_cast<size_t>(a)].operation;
      const uint32_t right = spans_[static_cast<size_t>(b)].operation;
      return left != right ? left < right : a < b;
    });
    double own = 0;
    for (const int32_t member : members_) {
      const auto each = static_cast<size_t>(member);
      if (visit.parts.empty() || visit.parts.back().operation != spans_[each].operation) {
        visit.parts.push_back({.operation = spans_[each].operation});
        own = 0;
      }
      own += tree_[each].own;
      ++visit.parts.back().calls;
      visit.parts.back().own_us = static_cast<int64_t>(own + 0.5);
    }
    return visit;
  }

  /// Walks over all beginnings and ends inside a visit. The shared clock runs at 1 / (how many
  /// work), so that its advance while a span works is the span's share.
  void share_time(int32_t top) {
    moments_.clear();
    for (const int32_t member : members_) {
      Tree& node = tree_[static_cast<size_t>(member)];
      node.active_children = 0;
      node.own = 0;
      moments_.push_back({node.start, member, true});
      moments_.push_back({node.end, member, false});
    }
    // At one moment first what begins, ancestors (found earlier) before their children; then what
    // ends, children before their ancestors. Spans without length do no work.
    std::stable_sort(moments_.begin(), moments_.end(), [](const Moment& a, const Moment& b) {
      return a.time != b.time ? a.time < b.time : a.is_start && !b.is_start;
    });
    double clock = 0;
    int64_t last = moments_.front().time;
    int64_t working = 0;
    for (size_t begin = 0; begin < moments_.size();) {
      const int64_t time = moments_[begin].time;
      if (working > 0) clock += static_cast<double>(time - last) / static_cast<double>(working);
      last = time;
      size_t end = begin;
      while (end < moments_.size() && moments_[end].time == time) ++end;
      size_t ends = begin;
      while (ends < end && moments_[ends].is_start)
        start(moments_[ends++].member, top, clock, working);
      for (size_t i = end; i-- > ends;) stop(moments_[i].member, top, clock, working);
      begin = end;
    }
  }

  void start(int32_t member, int32_t top, double clock, int64_t& working) {
    Tree& node = tree_[static_cast<size_t>(member)];
    node.since = clock;
    if (node.active_children == 0) ++working;
    if (member == top) return;
    Tree& parent = tree_[static_cast<size_t>(node.parent)];
    if (parent.active_children++ > 0) return;
    parent.own += clock - parent.since;
    --working;
  }

  void stop(int32_t member, int32_t top, double clock, int64_t& working) {
    Tree& node = tree_[static_cast<size_t>(member)];
    if (node.active_children == 0) {
      node.own += clock - node.since;
      --working;
    }
    if (member == top) return;
    Tree& parent = tree_[static_cast<size_t>(node.parent)];
    if (--parent.active_children > 0) return;
    parent.since = clock;
    ++working;
  }

  struct Moment {
    int64_t time = 0;
    int32_t member = 0;
    bool is_start = false;
  };

  std::vector<Span> spans_;
  std::vector<Tree> tree_;
  std::vector<int32_t> members_;  // of the visit at hand
  std::vector<Moment> moments_;
};

}  // namespace

Names::Names() {
  (void)place(kOther, "", "", "");
  (void)operation(kOther, kOther);
}

uint32_t Names::place(std::string_view service, std::string_view environment,
                      std::string_view track, std::string_view version) {
  return number_of(Place{cut(service), cut(environment), cut(track), cut(version)}, kPlacesMax,
                   place_numbers_, places_);
}

uint32_t Names::operation(std::string_view service, std::string_view name) {
  return number_of(Operation{cut(service), cut(name)}, kOperationsMax, operation_numbers_,
                   operations_);
}

TraceShape take_apart(std::vector<Span> spans) { return Trace(std::move(spans)).take_apart(); }

}  // namespace tollgate::traces
