#include "domain/traces/assembler.hpp"

namespace tollgate::traces {

void Assembler::add(const TraceId& trace, const Span& span, Time arrived) {
  ++counts_.spans;
  book_.add_operation(span);
  if (closed_.contains(trace)) {
    ++counts_.late;
    return;
  }
  const auto found = open_.find(trace);
  const bool is_full =
      waiting_ >= limits_.spans_max ||
      (found != open_.end() && found->second.spans.size() >= limits_.spans_of_trace_max);
  if (is_full) {
    ++counts_.shed;
    return;
  }
  Open& open = found != open_.end() ? found->second : open_[trace];
  if (open.spans.empty()) open.first = arrived;
  open.last = arrived;
  open.spans.push_back(span);
  ++waiting_;
}

void Assembler::advance(Time now) {
  for (auto at = open_.begin(); at != open_.end();) {
    Open& open = at->second;
    if (now - open.last < limits_.quiet && now - open.first < limits_.open_max) {
      ++at;
      continue;
    }
    remember(at->first);
    close(open);
    at = open_.erase(at);
  }
}

void Assembler::close(Open& open) {
  waiting_ -= open.spans.size();
  const TraceShape shape = take_apart(std::move(open.spans));
  ++counts_.traces;
  if (!shape.has_root) ++counts_.rootless;
  counts_.orphans += shape.orphans;
  counts_.skewed += shape.skewed;
  for (const Visit& visit : shape.visits) book_.add_visit(visit);
}

void Assembler::remember(const TraceId& trace) {
  if (limits_.closed_max == 0) return;
  if (closed_order_.size() < limits_.closed_max) {
    closed_order_.push_back(trace);
  } else {
    closed_.erase(closed_order_[next_closed_]);
    closed_order_[next_closed_] = trace;
    next_closed_ = (next_closed_ + 1) % closed_order_.size();
  }
  closed_[trace] = true;
}

}  // namespace tollgate::traces
