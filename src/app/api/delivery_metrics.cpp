#include "app/api/delivery_metrics.hpp"

#include "app/render/metrics_text.hpp"
#include "domain/delivery/service_figures.hpp"
#include "foundation/reflect/reflect.hpp"

#include <algorithm>
#include <array>
#include <functional>

namespace tollgate::api {
namespace {

using delivery::ServiceFigures;
using render::family;
using render::label;

struct Row {
  std::string labels = {};  // service="...",environment="..."
  ServiceFigures figures = {};
  int64_t bypasses = 0;
};

std::optional<double> median(const std::optional<delivery::Quantile>& quantile) {
  return quantile ? std::optional(quantile->value) : std::nullopt;
}

std::optional<double> ratio(const delivery::ShareFigure& share) {
  if (share.of == 0) return std::nullopt;
  return static_cast<double>(share.hits) / static_cast<double>(share.of);
}

std::optional<double> count(int64_t value) { return static_cast<double>(value); }

/// A family with one sample for each place that has a value.
struct Gauge {
  std::string_view name;
  std::string_view help;
  std::optional<double> (*value)(const ServiceFigures& figures);
};

constexpr std::array kGauges = {
    Gauge{"tollgate_deployments",
          "Deployments of the last 30 days that count for the deployment frequency.",
          [](const ServiceFigures& f) { return count(f.deployments); }},
    Gauge{"tollgate_deployments_per_week", "Their frequency.",
          [](const ServiceFigures& f) { return f.per_week; }},
    Gauge{"tollgate_deployment_days_per_week",
          "Days of a week with a deployment, the median of the whole weeks of the last 30 days.",
          [](const ServiceFigures& f) { return f.days.median; }},
    Gauge{"tollgate_deployment_gap_seconds", "Median time from one deployment to the next.",
          [](const ServiceFigures& f) { return median(f.gap.median); }},
    Gauge{"tollgate_change_failure_ratio",
          "Deployments that failed, of those that are old enough to tell.",
          [](const ServiceFigures& f) {
            return f.has_failure_data ? ratio(f.failures) : std::nullopt;
          }},
    Gauge{"tollgate_deployments_failed", "Deployments of the last 30 days that failed.",
          [](const ServiceFigures& f) { return count(f.failures.hits); }},
    Gauge{"tollgate_deployments_undetermined", "Deployments that are too young to tell.",
          [](const ServiceFigures& f) { return count(f.undetermined); }},
    Gauge{"tollgate_failed_deployment_recovery_seconds",
          "Median time from a deployment that failed until service was restored.",
          [](const ServiceFigures& f) { return median(f.restore.median); }},
    Gauge{"tollgate_failed_deployments_open", "Deployments that failed and are not put right.",
          [](const ServiceFigures& f) { return count(f.restore.open); }},
    Gauge{"tollgate_deployment_rework_ratio",
          "Roll-backs, hotfixes and answers to incidents, of all deployments but redeploys.",
          [](const ServiceFigures& f) { return ratio(f.rework); }},
    Gauge{"tollgate_rollback_detect_seconds",
          "Median time from a deployment that failed until somebody noticed.",
          [](const ServiceFigures& f) { return median(f.detect); }},
    Gauge{"tollgate_rollback_decide_seconds", "Median time from that until the remedy began.",
          [](const ServiceFigures& f) { return median(f.decide); }},
    Gauge{"tollgate_rollback_execute_seconds",
          "Median time from the begin of the remedy to its end.",
          [](const ServiceFigures& f) { return median(f.roll_back); }},
    Gauge{"tollgate_rollback_success_ratio", "Roll-backs that succeeded, of those that ended.",
          [](const ServiceFigures& f) { return ratio(f.rollbacks); }},
};

int64_t bypasses_since(const engine::Deliveries& deliveries, Time since) {
  return std::count_if(
      deliveries.bypasses.begin(), deliveries.bypasses.end(),
      [since](const delivery::Bypass& bypass) { return bypass.deployment.begin >= since; });
}

std::vector<Row> rows_of(const engine::Engine& engine,
                         std::span<const delivery::DeploymentBook::Place> places) {
  const engine::Views& views = engine.views();
  const Time now = engine.now();
  delivery::RecordRules rules{.since = now - kMetricsWindow,
                              .now = now,
                              .has_incident_source = views.has_incident_source()};
  const auto policy = engine.policy();
  std::vector<Row> rows;
  for (const delivery::DeploymentBook::Place& place : places) {
    const model::Service* const service = policy->bundle().find_service(place.service);
    const std::string zone(
        service == nullptr ? "" : model::first_label(service->labels, model::kTimeZoneLabel));
    rules.zone = engine.zone(zone).value_or(calendar::Zone());
    rows.push_back({.labels = fmt::format("service=\"{}\",environment=\"{}\"", label(place.service),
                                          label(place.environment)),
                    .figures = service_figures(delivery::Places{views.place(place)}, rules),
                    .bypasses = bypasses_since(views.deliveries(place.service, place.environment),
                                               now - kMetricsWindow)});
  }
  return rows;
}

void lead_times(std::string& out, const std::vector<Row>& rows) {
  family(out, "tollgate_lead_time_seconds", "gauge",
         "Time from a commit to the first deployment that ships it: median and 90th percentile.");
  for (const Row& row : rows) {
    for (const auto& [share, quantile] : {std::pair("0.5", &row.figures.lead_time.median),
                                          std::pair("0.9", &row.figures.lead_time.p90)}) {
      if (!*quantile) continue;
      out += fmt::format("tollgate_lead_time_seconds{{{},quantile=\"{}\"}} {}\n", row.labels, share,
                         (*quantile)->value);
    }
  }
}

void queues(std::string& out, const engine::Engine& engine) {
  struct Figure {
    std::string queue;
    int64_t waiting = 0, leases = 0, capacity = 0;
    double longest_s = 0;
  };
  std::vector<Figure> figures;
  const auto policy = engine.policy();
  const Time now = engine.now();
  engine.views().with_queues([&](const queue::Board& board) {
    for (const model::Resource* resource : policy->bundle().of_kind("Queue")) {
      const auto* declared = resource->as<model::Queue>();
      Figure figure{.queue = label(declared->name), .capacity = declared->capacity};
      if (const queue::Line* line = board.line(declared->name); line != nullptr) {
        figure.waiting = static_cast<int64_t>(line->waiting.size());
        figure.leases = static_cast<int64_t>(line->leases.size());
        if (!line->waiting.empty()) {
          const Duration longest = now - line->waiting.begin()->second.joined_at;
          figure.longest_s = static_cast<double>(longest.ms) / 1000;
        }
      }
      figures.push_back(std::move(figure));
    }
    return 0;
  });
  const auto each = [&](std::string_view name, std::string_view help, auto value) {
    family(out, name, "gauge", help);
    for (const Figure& figure : figures)
      out += fmt::format("{}{{queue=\"{}\"}} {}\n", name, figure.queue, value(figure));
  };
  each("tollgate_release_queue_waiting", "Releases that wait in the queue.",
       [](const Figure& f) { return f.waiting; });
  each("tollgate_release_queue_leases", "Releases whose turn it is.",
       [](const Figure& f) { return f.leases; });
  each("tollgate_release_queue_capacity", "Releases whose turn it may be at once.",
       [](const Figure& f) { return f.capacity; });
  each("tollgate_release_queue_longest_wait_seconds", "How long the oldest has waited.",
       [](const Figure& f) { return f.longest_s; });
}

void calendars(std::string& out, const engine::Engine& engine) {
  family(out, "tollgate_calendar_open", "gauge",
         "1 while the calendars let normal changes go to the environment.");
  const auto policy = engine.policy();
  for (const model::Resource* resource : policy->bundle().of_kind("Environment")) {
    const auto reading = engine.calendar({.environment = resource->metadata.name});
    if (!reading) continue;
    out += fmt::format("tollgate_calendar_open{{environment=\"{}\"}} {}\n",
                       label(resource->metadata.name), reading->is_open ? 1 : 0);
  }
}

}  // namespace

void delivery_metrics(std::string& out, const engine::Engine& engine) {
  const std::vector<delivery::DeploymentBook::Place> places = engine.views().places();
  const size_t shown = std::min(places.size(), kMetricsPlacesMax);
  const std::vector<Row> rows = rows_of(engine, std::span(places).first(shown));
  for (const Gauge& gauge : kGauges) {
    family(out, gauge.name, "gauge", gauge.help);
    for (const Row& row : rows) {
      if (const auto value = gauge.value(row.figures))
        out += fmt::format("{}{{{}}} {}\n", gauge.name, row.labels, *value);
    }
  }
  lead_times(out, rows);
  family(out, "tollgate_deployments_bypassed", "gauge",
         "Deployments of the last 30 days that no gate had allowed.");
  for (const Row& row : rows)
    out += fmt::format("tollgate_deployments_bypassed{{{}}} {}\n", row.labels, row.bypasses);
  family(out, "tollgate_delivery_places_left_out", "gauge",
         "Places beyond the limit of this page.");
  out += fmt::format("tollgate_delivery_places_left_out {}\n", places.size() - shown);
}

void place_metrics(std::string& out, const engine::Engine& engine) {
  queues(out, engine);
  calendars(out, engine);
}

void import_metrics(std::string& out, CalendarImportDesk& imports) {
  const doc::Node status = imports.status();
  family(out, "tollgate_calendar_import_stale", "gauge",
         "1 for a calendar of others without a good answer for too long.");
  for (const doc::Node& import : status.find("imports")->items()) {
    out += fmt::format("tollgate_calendar_import_stale{{calendar=\"{}\",source=\"{}\"}} {}\n",
                       label(import.text_or("calendar")), label(import.text_or("source")),
                       import.boolean_or("stale", false) ? 1 : 0);
  }
}

}  // namespace tollgate::api
