// Which documents become rules, and in which wrapping.
#include "domain/model/bundle.hpp"
#include "domain/model/foreign/pyrra.hpp"
#include "domain/rules/parts.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/doc/yaml.hpp"

#include <fmt/core.h>

#include <set>

namespace tollgate::rules {
namespace {

using doc::Node;
using model::ProblemSink;
using model::SlothSlo;
using model::SlothSpec;
using model::TextMap;

constexpr std::string_view kOpenSloAlpha = "openslo/v1alpha";
constexpr std::string_view kOpenSlo = "openslo/v1";
constexpr Duration kPeriodMin = days(7);
/// Up to so long a period, shares are those of a week.
constexpr Duration kShortPeriodMax = days(10);

/// The ratio of bad events as Sloth writes it for good ones.
std::string ratio_of_good(std::string_view good, std::string_view total) {
  return fmt::format("\n  1 - (\n    (\n      {}\n    )\n    /\n    (\n      {}\n    )\n  )\n",
                     good, total);
}

class Generator {
 public:
  explicit Generator(const RuleOptions& options) : options_(options) {}

  Generated run(std::span<const model::SourceText> texts) {
    struct Place {
      std::string_view file;
      Node node;
    };
    std::vector<Place> places;
    for (const model::SourceText& text : texts) {
      Result<std::vector<Node>> documents = doc::parse_yaml(text.text, text.file);
      if (!documents) {
        generated_.problems.push_back(documents.error());
        continue;
      }
      for (Node& document : *documents) {
        if (!document.is_array()) {
          places.push_back({.file = text.file, .node = std::move(document)});
          continue;
        }
        for (Node& item : document.items())
          places.push_back({.file = text.file, .node = std::move(item)});
      }
    }
    for (const Place& place : places) take_windows(place.file, place.node);
    std::vector<model::Resource> resources;
    for (const Place& place : places) {
      if (is_ours(place.node)) {
        if (auto found = model::load_resource(place.node, place.file, generated_.problems))
          resources.push_back(std::move(*found));
      }
    }
    Problems dangling;  // a file of SLOs alone refers to services elsewhere
    bundle_ = model::Bundle::build(std::move(resources), dangling);
    for (const Place& place : places) take(place.file, place.node);
    return std::move(generated_);
  }

 private:
  static bool is_ours(const Node& node) {
    return node.text_or("apiVersion") == kOpenSlo ||
           node.text_or("apiVersion") == "openslo.com/v2alpha";
  }

  void take_windows(std::string_view file, const Node& node) {
    if (!model::is_sloth_windows(node)) return;
    Result<AlertWindows> windows = read_windows(node);
    if (windows) {
      options_.windows = *windows;
      has_own_windows_ = true;
      return;
    }
    Error problem = windows.error();
    problem.file = file;
    generated_.problems.push_back(std::move(problem));
  }

  void take(std::string_view file, const Node& node) {
    if (!node.is_object()) return;
    ProblemSink errors(file, node, generated_.problems);
    ProblemSink warnings(file, node, generated_.warnings);
    if (model::is_sloth(node)) {
      write(model::read_sloth(node, errors, warnings), options_, errors);
    } else if (model::is_pyrra(node)) {
      take_pyrra(node, errors, warnings);
    } else if (node.text_or("apiVersion") == kOpenSloAlpha && node.text_or("kind") == "SLO") {
      take_alpha(node, errors);
    } else if (is_ours(node) && node.text_or("kind") == "SLO") {
      const Node* metadata = node.find("metadata");
      const std::string name(metadata == nullptr ? "" : metadata->text_or("name"));
      for (const model::Resource* resource : bundle_.of_kind("SLO")) {
        const auto* slo = resource->as<model::Slo>();
        if (slo->name == name && resource->file == file) take_slo(*slo, errors);
      }
    }
  }

  void take_pyrra(const Node& node, ProblemSink& errors, ProblemSink& warnings) {
    const auto slo = model::read_pyrra(node, errors, warnings);
    if (!slo) return;
    SlothSpec spec{.format = "pyrra.dev/v1alpha1", .service = slo->service};
    SlothSlo written{.name = slo->name,
                     .description = slo->description,
                     .objective = slo->percent,
                     .alert_name = "ErrorBudgetBurn"};
    const model::ForeignSli& sli = slo->sli;
    if (!sli.ratio.empty()) {
      written.error_ratio_query = fmt::format("1 - ({})", sli.ratio);
    } else {
      set_events(written, sli.good, sli.bad, sli.total);
    }
    written.page.is_off = written.ticket.is_off = slo->alerts.empty();
    spec.slos.push_back(std::move(written));
    write_with_period(spec, slo->window, errors);
  }

  /// OpenSLO v1alpha as Sloth reads it: each objective is an SLO of its own, without alerts.
  void take_alpha(const Node& node, ProblemSink& errors) {
    const Node* metadata = node.find("metadata");
    const Node* body = node.find("spec");
    if (metadata == nullptr || body == nullptr)
      return errors.add(codes::missing_field, "", "metadata and spec are needed");
    SlothSpec spec{.format = std::string(kOpenSloAlpha),
                   .service = std::string(body->text_or("service"))};
    const Node* objectives = body->find("objectives");
    if (objectives == nullptr || !objectives->is_array() || objectives->items().empty())
      return errors.add(codes::missing_field, "/spec/objectives", "an objective is needed");
    for (size_t i = 0; i < objectives->items().size(); ++i) {
      const Node& objective = objectives->items()[i];
      const std::string path = fmt::format("/spec/objectives/{}", i);
      const Node* ratio = objective.find("ratioMetrics");
      const auto query = [&](std::string_view part) {
        const Node* metric = ratio == nullptr ? nullptr : ratio->find(part);
        return std::string(metric == nullptr ? "" : metric->text_or("query"));
      };
      const Node* target = objective.find("target");
      if (query("good").empty() || query("total").empty())
        errors.add(codes::missing_field, path + "/ratioMetrics", "good and total are needed");
      if (target == nullptr || !target->is_number()) {
        errors.add(codes::missing_field, path + "/target", "\"target\" is needed");
        continue;
      }
      SlothSlo slo{.name = fmt::format("{}-{}", metadata->text_or("name"), i),
                   .description = std::string(body->text_or("description")),
                   .objective = target->as_number() * 100};
      set_good(slo, query("good"), query("total"));
      slo.page.is_off = slo.ticket.is_off = true;
      check_queries(slo, path, errors);
      spec.slos.push_back(std::move(slo));
    }
    write_with_period(spec, alpha_window(*body), errors);
  }

  static std::string alpha_window(const Node& body) {
    const Node* windows = body.find("timeWindows");
    if (windows == nullptr || !windows->is_array() || windows->items().empty()) return "30d";
    const Node& window = windows->items().front();
    const std::string_view unit = window.text_or("unit");
    const std::string_view letter = unit == "Day" ? "d" : unit == "Week" ? "w" : "";
    return letter.empty() ? std::string(unit)
                          : fmt::format("{}{}", window.integer_or("count", 0), letter);
  }

  void take_slo(const model::Slo& slo, ProblemSink& errors) {
    SlothSpec spec{.format = std::string(kOpenSlo), .service = slo.service};
    for (size_t i = 0; i < slo.objectives.size(); ++i) {
      const model::SloObjective& objective = slo.objectives[i];
      const std::string path = fmt::format("/spec/objectives/{}", i);
      const model::Sli* sli = bundle_.indicator_of(objective);
      if (sli == nullptr) sli = bundle_.indicator_of(slo);
      if (sli == nullptr || !sli->ratio_metric) {
        errors.add(codes::bad_value, path, "rules are made of ratio metrics");
        continue;
      }
      SlothSlo written{
          .name = slo.objectives.size() == 1 ? slo.name : fmt::format("{}-{}", slo.name, i),
          .description = slo.description,
          .objective = static_cast<double>(model::target_of(objective).value) / 10'000};
      set_metrics(written, *sli->ratio_metric);
      const bool is_silent = slo.alert_policies.empty();
      written.page.is_off = written.ticket.is_off = is_silent;
      if (!is_silent) {
        const model::AlertPolicyUse& use = slo.alert_policies.front();
        written.alert_name = use.metadata ? use.metadata->name : use.alert_policy_ref;
      }
      check_queries(written, path, errors);
      spec.slos.push_back(std::move(written));
    }
    const bool is_rolling = !slo.time_window.empty() && slo.time_window.front().is_rolling;
    if (!is_rolling)
      return errors.add(codes::bad_value, "/spec/timeWindow", "rules know rolling windows only");
    write_with_period(spec, slo.time_window.front().duration, errors);
  }

  void set_metrics(SlothSlo& slo, const model::RatioMetric& ratio) const {
    const auto query = [](const std::optional<model::Metric>& metric) {
      return std::string(metric ? metric->metric_source.spec.text_or("query") : "");
    };
    if (ratio.raw) {
      const std::string raw = query(ratio.raw);
      slo.error_ratio_query =
          ratio.raw_type == model::RawType::failure ? raw : fmt::format("1 - ({})", raw);
      return;
    }
    set_events(slo, query(ratio.good), query(ratio.bad), query(ratio.total));
  }

  void set_events(SlothSlo& slo, const std::string& good, const std::string& bad,
                  const std::string& total) const {
    if (bad.empty()) return set_good(slo, good, total);
    slo.error_query = bad;
    slo.total_query = total;
  }

  void set_good(SlothSlo& slo, const std::string& good, const std::string& total) const {
    if (options_.style == Style::sloth) {
      slo.error_ratio_query = ratio_of_good(good, total);
      return;
    }
    slo.error_query = fmt::format("({}) - ({})", total, good);
    slo.total_query = total;
  }

  static void check_queries(const SlothSlo& slo, const std::string& path, ProblemSink& errors) {
    for (const std::string& query : {slo.error_query, slo.total_query, slo.error_ratio_query}) {
      if (query.empty() || model::has_window(query)) continue;
      errors.add(codes::bad_value, path,
                 "a query does not say where its window goes: [{{.window}}]");
    }
  }

  void write_with_period(const SlothSpec& spec, std::string_view window, ProblemSink& errors) {
    const Result<Duration> period = parse_duration(window);
    const Result<AlertWindows> windows = !period            ? fail(period.error())
                                         : has_own_windows_ ? Result<AlertWindows>(options_.windows)
                                                            : usual_windows(*period);
    if (!windows) return errors.add(codes::bad_value, "/spec", windows.error().message);
    RuleOptions options = options_;
    options.windows = *windows;
    options.windows.period = *period;
    write(spec, options, errors);
  }

  void write(const SlothSpec& spec, const RuleOptions& options, ProblemSink& errors) {
    for (const SlothSlo& slo : spec.slos) {
      const std::string id = spec.service + "-" + slo.name;
      if (!ids_.insert(id).second)
        errors.add(codes::duplicate_name, "", fmt::format("a second SLO with the id {}", id));
    }
    Node groups = options.style == Style::sloth ? sloth_groups(spec, options)
                                                : tollgate_groups(spec, options);
    Node body = Node::object({{"groups", std::move(groups)}});
    if (spec.format == model::kSlothApiVersion) body = wrapped(spec, std::move(body));
    generated_.documents.push_back(std::move(body));
  }

  /// What the Prometheus operator reads.
  Node wrapped(const SlothSpec& spec, Node body) const {
    const bool is_sloth_style = options_.style == Style::sloth;
    const TextMap about = {{"app.kubernetes.io/component", "SLO"},
                           {"app.kubernetes.io/managed-by", is_sloth_style ? "sloth" : "tollgate"}};
    Node metadata = Node::object({{"name", spec.resource}});
    if (!spec.name_space.empty()) metadata.set("namespace", spec.name_space);
    metadata.set("labels",
                 map_node(merged({&about, &spec.resource_labels, &options_.resource_labels})));
    if (!spec.resource_annotations.empty())
      metadata.set("annotations", map_node(spec.resource_annotations));
    return Node::object({{"apiVersion", "monitoring.coreos.com/v1"},
                         {"kind", "PrometheusRule"},
                         {"metadata", std::move(metadata)},
                         {"spec", std::move(body)}});
  }

  RuleOptions options_;
  bool has_own_windows_ = false;
  std::set<std::string> ids_;  // of all files: rules of one id would be one series
  model::Bundle bundle_;
  Generated generated_;
};

Result<AlertWindow> read_window(const Node& spec, std::string_view urgency,
                                std::string_view speed) {
  const Node* side = spec.find(urgency);
  const Node* node = side == nullptr ? nullptr : side->find(speed);
  if (node == nullptr) return fail(codes::missing_field, "spec.{}.{} is needed", urgency, speed);
  const Node* percent = node->find("errorBudgetPercent");
  if (percent == nullptr || !percent->is_number() || percent->as_number() <= 0)
    return fail(codes::bad_value, "spec.{}.{}.errorBudgetPercent must be above 0", urgency, speed);
  AlertWindow window{.budget_percent = percent->as_number()};
  TOLLGATE_TRY(window.short_window, parse_duration(node->text_or("shortWindow")));
  TOLLGATE_TRY(window.long_window, parse_duration(node->text_or("longWindow")));
  if (window.short_window.ms <= 0 || window.short_window >= window.long_window)
    return fail(codes::bad_value, "spec.{}.{}: the short window is the shorter one", urgency,
                speed);
  return window;
}

}  // namespace

Result<AlertWindows> usual_windows(Duration period) {
  if (period < kPeriodMin)
    return fail(codes::bad_value,
                "there are no usual alert windows for a period of {}; describe them in a file of "
                "kind AlertWindows",
                duration_words(period));
  const bool is_short = period <= kShortPeriodMax;
  return AlertWindows{.period = period,
                      .windows = {{{is_short ? 8.0 : 2.0, minutes(5), hours(1)},
                                   {is_short ? 12.5 : 5.0, minutes(30), hours(6)},
                                   {is_short ? 20.0 : 10.0, hours(2), days(1)},
                                   {is_short ? 42.0 : 10.0, hours(6), days(3)}}}};
}

Result<AlertWindows> read_windows(const Node& node) {
  const Node* spec = node.find("spec");
  if (spec == nullptr) return fail(codes::missing_field, "alert windows need a spec");
  AlertWindows windows;
  TOLLGATE_TRY(windows.period, parse_duration(spec->text_or("sloPeriod")));
  TOLLGATE_TRY(windows.windows[0], read_window(*spec, "page", "quick"));
  TOLLGATE_TRY(windows.windows[1], read_window(*spec, "page", "slow"));
  TOLLGATE_TRY(windows.windows[2], read_window(*spec, "ticket", "quick"));
  TOLLGATE_TRY(windows.windows[3], read_window(*spec, "ticket", "slow"));
  return windows;
}

double burn_factor(const AlertWindows& windows, const AlertWindow& window) {
  const auto in_hours = [](Duration span) {
    return static_cast<double>(span.ms) / static_cast<double>(hours(1).ms);
  };
  return window.budget_percent * in_hours(windows.period) / 100 / in_hours(window.long_window);
}

Generated generate(std::span<const model::SourceText> texts, const RuleOptions& options) {
  return Generator(options).run(texts);
}

}  // namespace tollgate::rules
