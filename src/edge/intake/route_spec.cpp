#include "edge/intake/route_spec.hpp"

#include "domain/slo/selector.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"
#include "foundation/reflect/reflect.hpp"

#include <algorithm>

namespace tollgate::intake {
namespace {

/// "series", "events", or empty if the metric is asked elsewhere.
std::string type_of_metric(const model::Bundle& bundle, const model::MetricSource& metric) {
  std::string type = lower_case(metric.type);
  if (type.empty() || !metric.metric_source_ref.empty()) {
    const model::DataSource* source = bundle.source_of(metric);
    if (source != nullptr) type = lower_case(source->type);
  }
  if (type == kScrapeType) type = kSeriesType;
  const bool is_ours = type == kSeriesType || type == kEventsType || type == kAccessLogType;
  return is_ours ? type : "";
}

std::string quoted(std::string_view text) {
  std::string out;
  doc::append_quoted(out, text);
  return out;
}

/// A map {label: text} as a selector; a text may begin with one of != =~ !~.
Result<std::string> selector_text(const doc::Node& select) {
  if (select.is_text()) return select.as_text();
  if (!select.is_object())
    return fail(codes::bad_query, "a selection is a text or a map of labels");
  std::string out;
  for (const doc::Member& member : select.members()) {
    std::string_view value =
        member.value.is_text() ? std::string_view(member.value.as_text()) : member.value.raw();
    if (value.empty() && !member.value.is_text())
      return fail(codes::bad_query, "the selection of the label {} is no text", member.key);
    std::string_view op = "=";
    for (const std::string_view known : {"!=", "=~", "!~"}) {
      if (value.starts_with(known)) op = known;
    }
    if (op != "=") value = trim(value.substr(op.size()));
    out += fmt::format("{}{}{}{}", out.empty() ? "" : ",", quoted(member.key), op, quoted(value));
  }
  return "{" + out + "}";
}

Result<void> read_bad(const doc::Node& spec, RouteSpec& route) {
  const doc::Node* const bad = spec.find("bad");
  if (bad == nullptr) return {};
  if (bad->is_text()) {
    route.bad.push_back(bad->as_text());
    return {};
  }
  if (bad->is_object()) {
    TOLLGATE_TRY(std::string text, selector_text(*bad));
    route.bad.push_back(std::move(text));
    return {};
  }
  if (!bad->is_array()) return fail(codes::bad_query, "\"bad\" is a text, a map or a list of them");
  for (const doc::Node& item : bad->items()) {
    TOLLGATE_TRY(std::string text, selector_text(item));
    route.bad.push_back(std::move(text));
  }
  return {};
}

Result<void> read_conditions(const doc::Node& spec, RouteSpec& route) {
  TOLLGATE_CHECK(read_bad(spec, route));
  if (const std::string_view slower = spec.text_or("slowerThan"); !slower.empty()) {
    TOLLGATE_TRY(route.slower_than, parse_duration(slower));
  }
  return {};
}

Result<void> read_events(const doc::Node& spec, RouteSpec& route) {
  route.kind = RouteKind::events;
  route.signal = spec.text_or("signal");
  if (!route.signal.empty() && route.signal != "logs" && route.signal != "traces")
    return fail(codes::bad_query, "\"signal\" is logs or traces, not \"{}\"", route.signal);
  if (const doc::Node* select = spec.find("select"); select != nullptr) {
    TOLLGATE_TRY(route.query, selector_text(*select));
  }
  if (route.query.empty()) return fail(codes::bad_query, "\"select\" says which events count");
  TOLLGATE_CHECK(read_conditions(spec, route));
  TOLLGATE_CHECK(slo::parse_series_query(route.query));
  return {};
}

/// What lines of one log count: as events, but a selection is optional.
Result<void> read_lines(const doc::Node& spec, std::string_view source, RouteSpec& route) {
  route.kind = RouteKind::events;
  route.signal = kLinesSignal;
  std::string select = "{}";
  if (const doc::Node* node = spec.find("select"); node != nullptr) {
    TOLLGATE_TRY(select, selector_text(*node));
  }
  if (select.empty() || select.back() != '}')
    return fail(codes::bad_query, "\"select\" is a map of labels, or text such as {{path=\"/\"}}");
  select.pop_back();
  route.query = fmt::format("{}{}{}}}", select, select == "{" ? "" : ",", source_matcher(source));
  TOLLGATE_CHECK(read_conditions(spec, route));
  TOLLGATE_CHECK(slo::parse_series_query(route.query));
  return {};
}

Result<void> read_spec(const doc::Node& spec, const std::string& type, std::string_view source,
                       RouteSpec& route) {
  route.track = spec.text_or("track");
  route.version = spec.text_or("version");
  route.environment = spec.text_or("environment");
  route.group = spec.text_or("group");
  if (type == kEventsType) return read_events(spec, route);
  if (type == kAccessLogType) return read_lines(spec, source, route);
  route.query = spec.text_or("query");
  TOLLGATE_CHECK(slo::parse_series_query(route.query));
  return {};
}

class Compiler {
 public:
  explicit Compiler(const model::Bundle& bundle) : bundle_(bundle) {}

  RouteTable compile() {
    for (const model::Resource* resource : bundle_.of_kind("SLO")) {
      const auto* slo = resource->as<model::Slo>();
      if (slo == nullptr || slo->objectives.empty()) continue;
      file_ = resource->file;
      const model::SloObjective& first = slo->objectives.front();
      const model::Sli* sli = bundle_.indicator_of(first);
      if (sli == nullptr) sli = bundle_.indicator_of(*slo);
      if (sli != nullptr) add(*slo, *sli);
    }
    return std::move(table_);
  }

 private:
  void add(const model::Slo& slo, const model::Sli& sli) {
    RouteSpec route{.slo = slo.address()};
    // What is wrong with the annotations is a problem of the SLO, found by `check`.
    if (const auto evidence = model::evidence_rule(slo); evidence)
      route.keeps_all = !evidence->is_sampled;
    if (sli.ratio_metric) {
      const model::RatioMetric& ratio = *sli.ratio_metric;
      route.role = Role::good;
      add_metric(ratio.good, route);
      route.role = Role::bad;
      add_metric(ratio.bad, route);
      route.role = Role::total;
      route.is_beside_bad = ratio.bad.has_value();
      return add_metric(ratio.total, route);
    }
    route.role = Role::threshold;
    route.op = slo.objectives.front().op.value_or(model::Operator::lte);
    route.value = slo.objectives.front().value.value_or(0);
    add_metric(sli.threshold_metric, route);
  }

  void add_metric(const std::optional<model::Metric>& metric, RouteSpec route) {
    if (!metric) return;
    const std::string type = type_of_metric(bundle_, metric->metric_source);
    if (type.empty()) return;
    const std::string& source = metric->metric_source.metric_source_ref;
    if (const auto read = read_spec(metric->metric_source.spec, type, source, route); !read) {
      Error error = read.error();
      error.message = fmt::format("{}: {}", route.slo, error.message);
      error.file = file_;
      table_.problems.push_back(std::move(error));
      return;
    }
    const doc::Node& spec = metric->metric_source.spec;
    const RouteSpec counted = route;
    table_.routes.push_back(std::move(route));
    if (type == kSeriesType) add_up(spec, counted);
  }

  /// The samples beside a metric that say whether its targets answer; once for an SLO.
  void add_up(const doc::Node& spec, RouteSpec route) {
    route.query = spec.text_or("up");
    route.role = Role::up;
    route.is_beside_bad = false;
    if (route.query.empty()) return;
    if (const auto parsed = slo::parse_series_query(route.query); !parsed) {
      Error error = parsed.error();
      error.message = fmt::format("{}: up: {}", route.slo, error.message);
      error.file = file_;
      table_.problems.push_back(std::move(error));
      return;
    }
    const auto& rows = table_.routes;
    if (std::find(rows.begin(), rows.end(), route) == rows.end())
      table_.routes.push_back(std::move(route));
  }

  const model::Bundle& bundle_;
  RouteTable table_;
  std::string file_;
};

}  // namespace

bool is_counted_here(std::string_view type) {
  const std::string lower = lower_case(type);
  return lower == kSeriesType || lower == kEventsType || lower == kScrapeType ||
         lower == kAccessLogType;
}
std::string source_matcher(std::string_view source) { return "source=" + quoted(source); }

RouteTable routes_of(const model::Bundle& bundle) { return Compiler(bundle).compile(); }

std::string routes_text(const std::vector<RouteSpec>& routes) {
  doc::Node list = doc::Node::array();
  for (const RouteSpec& route : routes) list.push(reflect::encode(route));
  return doc::compact_json(list);
}

Result<std::vector<RouteSpec>> parse_routes(std::string_view text) {
  // Our own text: as long as the policy that it follows from.
  TOLLGATE_TRY(const doc::Node list, doc::parse_json(text, {.bytes_max = SIZE_MAX}));
  if (!list.is_array()) return fail(codes::wrong_type, "routes are not a list");
  std::vector<RouteSpec> routes;
  for (const doc::Node& item : list.items()) {
    TOLLGATE_TRY(RouteSpec route, reflect::decode<RouteSpec>(item, {.ignore_unknown = true}));
    routes.push_back(std::move(route));
  }
  return routes;
}

}  // namespace tollgate::intake
