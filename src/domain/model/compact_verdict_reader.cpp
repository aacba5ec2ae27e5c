// Reads the compact form of a verdict. Bytes from anywhere: nothing is believed before it fits.
#include "domain/model/compact_verdict.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/reflect/reflect.hpp"

#include <algorithm>

namespace tollgate::model {
namespace {

using doc::Node;

/// Reads what the writer wrote. The first thing that does not fit makes everything behind it moot.
class Reader {
 public:
  explicit Reader(EventParts parts) : is_outline_(parts == EventParts::outline) {}

  Result<VerdictGiven> read(const Node& data) {
    VerdictGiven given;
    Verdict& verdict = given.verdict;
    given.decision = data.text_or("decision");
    verdict.because = data.text_or("because", kUsualBecause);
    verdict.outcome = enumerator<Outcome>(member(data, "outcome"));
    verdict.finding = enum_member(data, "finding", verdict.outcome);
    verdict.enforcement = enum_member(data, "enforcement", Enforcement::enforce);
    for (const Node& policy : list_of(data.find("policies")))
      verdict.policies.push_back(text(policy));
    TOLLGATE_TRY(verdict.policy_digest, parse_digest(data.text_or("policy_digest")));
    if (const Node* request = data.find("request"); request != nullptr && request->is_object()) {
      TOLLGATE_TRY(verdict.request,
                   reflect::decode<GateRequest>(*request, {.ignore_unknown = true}));
    } else {
      refuse("request");
    }
    if (!is_outline_) {
      read_inner(data, verdict);
      if (const Node* calendar = data.find("calendar")) {
        TOLLGATE_TRY(verdict.calendar,
                     reflect::decode<CalendarReading>(*calendar, {.ignore_unknown = true}));
      }
    }
    if (wrong_.empty()) return given;
    return fail(codes::bad_ledger_file, "a verdict has an unreadable {}", wrong_);
  }

 private:
  void refuse(std::string_view what) {
    if (wrong_.empty()) wrong_ = what;
  }

  static const Node& nothing() {
    static const Node node;
    return node;
  }
  /// Item `index` of a list; null if there is none.
  static const Node& item(const Node& list, size_t index) {
    return list.is_array() && index < list.items().size() ? list.items()[index] : nothing();
  }
  /// Member `name` of an object; null if there is none.
  static const Node& member(const Node& object, std::string_view name) {
    const Node* found = object.find(name);
    return found == nullptr ? nothing() : *found;
  }
  const Node::Array& list_of(const Node* node) {
    static const Node::Array none;
    if (node != nullptr && node->is_array()) return node->items();
    if (node != nullptr) refuse("list");
    return none;
  }
  std::string text(const Node& node) {
    if (node.is_text()) return node.as_text();
    refuse("text");
    return {};
  }
  int64_t integer(const Node& node) {
    if (node.is_integer()) return node.as_integer();
    refuse("number");
    return 0;
  }
  bool boolean(const Node& node) {
    if (node.is_boolean()) return node.as_boolean();
    refuse("flag");
    return false;
  }
  template <class Enum>
  Enum enumerator(const Node& node) {
    const auto& names = reflect::EnumNames<Enum>::names;
    const auto found =
        node.is_text() ? std::find(names.begin(), names.end(), node.as_text()) : names.end();
    if (found == names.end()) refuse("word");
    return found == names.end() ? Enum{} : static_cast<Enum>(found - names.begin());
  }
  template <class Enum>
  Enum enum_member(const Node& object, std::string_view name, Enum otherwise) {
    const Node* member = object.find(name);
    return member == nullptr ? otherwise : enumerator<Enum>(*member);
  }
  Time time(const Node& node) {
    const Result<Time> parsed = parse_time(node.is_text() ? node.as_text() : std::string());
    if (!parsed) refuse("time");
    return parsed.value_or(Time{});
  }
  Time time_member(const Node& object, std::string_view name, Time otherwise) {
    const Node* member = object.find(name);
    return member == nullptr ? otherwise : time(*member);
  }

  int64_t count(const Node& node) {
    const int64_t value = integer(node);
    if (value < 0) refuse("count");
    return value;
  }

  void read_inner(const Node& data, Verdict& verdict) {
    sources_ = data.find("sources");
    for (const Node& check : list_of(data.find("checks")))
      verdict.checks.push_back(read_check(check));
    for (const Node& group : list_of(data.find("readings"))) read_group(group, verdict);
    verdict.tree = read_tree(member(data, "tree"), verdict.checks);
  }

  CheckRecord read_check(const Node& list) {
    CheckRecord check{.check = text(item(list, 0)),
                      .subject = text(item(list, 1)),
                      .state = enumerator<CheckState>(item(list, 2)),
                      .reason = text(item(list, 3))};
    if (const int64_t source = integer(item(list, 4)); source >= 0)
      read_source(static_cast<size_t>(source), check);
    read_comparison(item(list, 5), check);
    for (const Node& figure : list_of(&item(list, 6))) check.figures.push_back(integer(figure));
    if (!item(list, 7).is_null()) check.detail = text(item(list, 7));
    if (const Node* holds = item(list, 8).find("holds")) check.holds = boolean(*holds);
    if (const Node* retry_at = item(list, 8).find("retry_at")) check.retry_at = time(*retry_at);
    return check;
  }

  void read_source(size_t index, CheckRecord& check) {
    const Node& source = sources_ == nullptr ? nothing() : item(*sources_, index);
    check.source = text(item(source, 0));
    if (!item(source, 1).is_null()) check.age_ms = integer(item(source, 1));
  }

  void read_comparison(const Node& list, CheckRecord& check) {
    if (list_of(&list).empty()) return;
    const Node& units = item(list, 2);
    const bool is_one = !units.is_array();
    const Unit observed = enumerator<Unit>(is_one ? units : item(units, 0));
    const Unit needed = enumerator<Unit>(is_one ? units : item(units, 1));
    if (!item(list, 0).is_null()) check.observed = Quantity{integer(item(list, 0)), observed};
    if (!item(list, 1).is_null()) check.needed = Quantity{integer(item(list, 1)), needed};
    if (!item(list, 3).is_null()) check.relation = enumerator<Relation>(item(list, 3));
  }

  void read_group(const Node& group, Verdict& verdict) {
    Reading shared;
    shared.environment = group.text_or("environment", verdict.request.environment);
    shared.error = group.text_or("error");
    shared.slo = group.text_or("slo");
    if (shared.slo.empty()) refuse("reading");
    shared.source = group.text_or("source");
    shared.to = time(member(group, "to"));
    shared.fetched_at = time_member(group, "fetched_at", shared.to);
    shared.watermark = time_member(group, "watermark", Time{});
    for (const Node& span : list_of(group.find("spans"))) {
      Reading& reading = verdict.readings.emplace_back(shared);
      reading.window.ms = integer(item(span, 0));
      reading.good = count(item(span, 1));
      reading.bad = count(item(span, 2));
      reading.total = reading.good + reading.bad;
      reading.from = reading.to - reading.window;
      if (!item(span, 3).is_null()) reading.completeness.value = integer(item(span, 3));
      if (const Node& more = item(span, 4); more.is_object()) read_more(more, reading);
    }
  }

  template <class T>
  void decode_into(const Node& node, std::optional<T>& value) {
    Result<T> decoded = reflect::decode<T>(node, {.ignore_unknown = true});
    if (!decoded) return refuse(reflect::Reflect<T>::name);
    value = std::move(*decoded);
  }

  void read_more(const Node& more, Reading& reading) {
    reading.from = time_member(more, "from", reading.from);
    if (const Node* total = more.find("total")) reading.total = count(*total);
    if (const Node* doubt = more.find("doubt")) decode_into(*doubt, reading.doubt);
    if (const Node* excluded = more.find("excluded")) decode_into(*excluded, reading.excluded);
    if (const Node* squares = more.find("squares")) decode_into(*squares, reading.squares);
    const Node* slices = more.find("slices");
    if (slices == nullptr) return;
    reading.slices = Slices{.good = count(item(*slices, 0)),
                            .bad = count(item(*slices, 1)),
                            .no_data = count(item(*slices, 2)),
                            .ratio_sum_ppm = count(item(*slices, 3))};
  }

  TreeRecord read_tree(const Node& node, const std::vector<CheckRecord>& checks) {
    TreeRecord tree;
    if (!node.is_object()) {
      tree.decided = node.is_integer();
      tree.check = integer(tree.decided ? node : item(node, 0));
      const auto index = static_cast<size_t>(*tree.check);
      if (index >= checks.size()) {
        refuse("tree");
        return tree;
      }
      tree.state = checks[index].state;
      if (item(node, 1).is_null()) return tree;
      tree.rule = text(item(node, 1));
      tree.decided = item(node, 2).is_boolean() && item(node, 2).as_boolean();
      return tree;
    }
    const Node* children = node.find("all_of");
    tree.op = RuleOp::all_of;
    if (const Node* any_of = node.find("any_of")) {
      tree.op = RuleOp::any_of;
      children = any_of;
    } else if (const Node* at_least = node.find("at_least")) {
      tree.op = RuleOp::at_least;
      tree.at_least = integer(*at_least);
      children = node.find("of");
    }
    tree.decided = node.boolean_or("decided", true);
    tree.rule = node.text_or("rule");
    tree.state = enum_member(node, "state", CheckState::pass);
    for (const Node& child : list_of(children)) tree.children.push_back(read_tree(child, checks));
    return tree;
  }

  const bool is_outline_;
  const Node* sources_ = nullptr;
  std::string_view wrong_;
};

}  // namespace

Result<VerdictGiven> read_compact_verdict(const Node& data, EventParts parts) {
  return Reader(parts).read(data);
}

}  // namespace tollgate::model
