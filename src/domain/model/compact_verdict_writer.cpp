// Writes the compact form of a verdict, straight into the bytes of the leaf.
#include "domain/model/compact_verdict.hpp"
#include "foundation/base/assert.hpp"
#include "foundation/doc/json_writer.hpp"
#include "foundation/reflect/reflect.hpp"

#include <algorithm>

namespace tollgate::model {
namespace {

using doc::JsonWriter;
using reflect::enum_name;

constexpr int64_t kIntegerMax = (int64_t{1} << 53) - 1;

// Members are written in canonical order by hand, so nothing is sorted.
class Writer {
 public:
  Writer(std::string& out, const Verdict& verdict) : out_(out), verdict_(verdict) {}

  void write(const std::string& decision) {
    out_.begin_object();
    if (verdict_.because != kUsualBecause) out_.key("because").text(verdict_.because);
    if (verdict_.calendar) out_.key("calendar").raw(reflect::canonical(*verdict_.calendar));
    out_.key("checks").begin_array();
    for (const CheckRecord& check : verdict_.checks) write_check(check);
    out_.end_array();
    out_.key("decision").text(decision);
    if (verdict_.enforcement != Enforcement::enforce)
      out_.key("enforcement").word(enum_name(verdict_.enforcement));
    if (verdict_.finding != verdict_.outcome) out_.key("finding").word(enum_name(verdict_.finding));
    out_.key("outcome").word(enum_name(verdict_.outcome));
    out_.key("policies").begin_array();
    for (const std::string& policy : verdict_.policies) out_.text(policy);
    out_.end_array();
    out_.key("policy_digest").digest(verdict_.policy_digest);
    write_readings();
    write_request();
    write_sources();
    out_.key("tree");
    write_tree(verdict_.tree);
    out_.end_object();
  }

 private:
  /// Where a check's figures come from; checks on the same datum share one.
  struct Source {
    std::string_view name;
    std::optional<int64_t> age_ms;
    friend bool operator==(const Source&, const Source&) = default;
  };

  void integer(int64_t value) {
    ASSERT(value >= -kIntegerMax && value <= kIntegerMax);
    out_.integer(value);
  }
  void integer_or_null(const std::optional<Quantity>& quantity) {
    quantity ? integer(quantity->amount) : static_cast<void>(out_.null());
  }
  int64_t source_of(const CheckRecord& check) {
    const Source source{check.source, check.age_ms};
    if (source == Source{}) return -1;
    const auto known = std::find(sources_.begin(), sources_.end(), source);
    const int64_t index = known - sources_.begin();
    if (known == sources_.end()) sources_.push_back(source);
    return index;
  }

  void write_check(const CheckRecord& check) {
    out_.begin_array();
    out_.text(check.check).text(check.subject).word(enum_name(check.state)).text(check.reason);
    integer(source_of(check));
    write_comparison(check);
    out_.begin_array();
    for (const int64_t figure : check.figures) integer(figure);
    out_.end_array();
    const bool has_more = check.holds || check.retry_at;
    if (has_more || !check.detail.empty()) out_.text(check.detail);
    if (has_more) {
      out_.begin_object();
      if (check.holds) out_.key("holds").boolean(*check.holds);
      if (check.retry_at) out_.key("retry_at").time(*check.retry_at);
      out_.end_object();
    }
    out_.end_array();
  }

  void write_comparison(const CheckRecord& check) {
    const bool is_usual = check.relation == Relation::at_least;
    out_.begin_array();
    if (check.observed || check.needed || !is_usual) {
      integer_or_null(check.observed);
      integer_or_null(check.needed);
      const Unit observed = check.observed ? check.observed->unit : Unit::none;
      const Unit needed = check.needed ? check.needed->unit : Unit::none;
      const bool is_one = !check.observed || !check.needed || observed == needed;
      if (!is_one) out_.begin_array().word(enum_name(observed));
      out_.word(enum_name(check.needed ? needed : observed));
      if (!is_one) out_.end_array();
      if (!is_usual) out_.word(enum_name(check.relation));
    }
    out_.end_array();
  }

  static bool is_together(const Reading& a, const Reading& b) {
    return a.to == b.to && a.watermark == b.watermark && a.fetched_at == b.fetched_at &&
           a.slo == b.slo && a.environment == b.environment && a.source == b.source &&
           a.error == b.error;
  }

  void write_readings() {
    out_.key("readings").begin_array();
    const std::vector<Reading>& readings = verdict_.readings;
    for (size_t i = 0; i < readings.size();) {
      size_t end = i + 1;
      while (end < readings.size() && is_together(readings[i], readings[end])) ++end;
      write_group(std::span(readings).subspan(i, end - i));
      i = end;
    }
    out_.end_array();
  }

  void write_group(std::span<const Reading> readings) {
    const Reading& first = readings.front();
    out_.begin_object();
    if (first.environment != verdict_.request.environment)
      out_.key("environment").text(first.environment);
    if (!first.error.empty()) out_.key("error").text(first.error);
    if (first.fetched_at != first.to) out_.key("fetched_at").time(first.fetched_at);
    out_.key("slo").text(first.slo);
    out_.key("source").text(first.source);
    out_.key("spans").begin_array();
    for (const Reading& reading : readings) write_span(reading);
    out_.end_array();
    out_.key("to").time(first.to);
    if (first.watermark != Time{}) out_.key("watermark").time(first.watermark);
    out_.end_object();
  }

  void write_span(const Reading& reading) {
    const bool has_start = reading.from != reading.to - reading.window;
    const bool has_total = reading.total != reading.good + reading.bad;
    const bool has_more = has_start || has_total || reading.slices || reading.squares ||
                          reading.excluded || reading.doubt;
    out_.begin_array();
    integer(reading.window.ms);
    integer(reading.good);
    integer(reading.bad);
    if (has_more || reading.completeness.value != kUsualCompletenessPpm)
      integer(reading.completeness.value);
    if (has_more) {
      out_.begin_object();
      if (reading.doubt) out_.key("doubt").raw(reflect::canonical(*reading.doubt));
      if (reading.excluded) out_.key("excluded").raw(reflect::canonical(*reading.excluded));
      if (has_start) out_.key("from").time(reading.from);
      if (reading.slices) {
        out_.key("slices").begin_array();
        for (const int64_t count : {reading.slices->good, reading.slices->bad,
                                    reading.slices->no_data, reading.slices->ratio_sum_ppm})
          integer(count);
        out_.end_array();
      }
      if (reading.squares) out_.key("squares").raw(reflect::canonical(*reading.squares));
      if (has_total) {
        out_.key("total");
        integer(reading.total);
      }
      out_.end_object();
    }
    out_.end_array();
  }

  void write_request() {
    const GateRequest& request = verdict_.request;
    out_.key("request").begin_object();
    if (!request.artifact.empty()) out_.key("artifact").text(request.artifact);
    if (request.change_class != ChangeClass::normal)
      out_.key("change_class").word(enum_name(request.change_class));
    if (!request.commit.empty()) out_.key("commit").text(request.commit);
    out_.key("environment").text(request.environment);
    out_.key("service").text(request.service);
    out_.key("version").text(request.version);
    out_.end_object();
  }

  void write_sources() {
    out_.key("sources").begin_array();
    for (const Source& source : sources_) {
      out_.begin_array().text(source.name);
      if (source.age_ms) integer(*source.age_ms);
      out_.end_array();
    }
    out_.end_array();
  }

  void write_tree(const TreeRecord& node) {
    if (node.op == RuleOp::check) return write_leaf(node);
    out_.begin_object();
    if (node.op == RuleOp::all_of) {
      out_.key("all_of");
      write_children(node);
    }
    if (node.op == RuleOp::any_of) {
      out_.key("any_of");
      write_children(node);
    }
    if (node.op == RuleOp::at_least) {
      out_.key("at_least");
      integer(node.at_least.value_or(0));
    }
    if (!node.decided) out_.key("decided").boolean(false);
    if (node.op == RuleOp::at_least) {
      out_.key("of");
      write_children(node);
    }
    if (!node.rule.empty()) out_.key("rule").text(node.rule);
    if (node.state != CheckState::pass) out_.key("state").word(enum_name(node.state));
    out_.end_object();
  }

  void write_children(const TreeRecord& node) {
    out_.begin_array();
    for (const TreeRecord& child : node.children) write_tree(child);
    out_.end_array();
  }

  /// A check on the path that decided is its bare index; any other stands in a list.
  void write_leaf(const TreeRecord& node) {
    ASSERT(node.check && *node.check >= 0);
    ASSERT(*node.check < static_cast<int64_t>(verdict_.checks.size()));
    ASSERT(node.state == verdict_.checks[static_cast<size_t>(*node.check)].state);
    if (node.rule.empty() && node.decided) return integer(*node.check);
    out_.begin_array();
    integer(*node.check);
    if (!node.rule.empty()) out_.text(node.rule).boolean(node.decided);
    out_.end_array();
  }

  JsonWriter out_;
  const Verdict& verdict_;
  std::vector<Source> sources_;
};

}  // namespace

void append_compact_verdict(std::string& out, const VerdictGiven& given) {
  Writer(out, given.verdict).write(given.decision);
}

}  // namespace tollgate::model
