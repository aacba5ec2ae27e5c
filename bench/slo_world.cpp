// One world of many SLOs for every side of a comparison: ten counters for each SLO (five instances,
// codes 200 and 500, six labels), one sample each in 30 s, whose values follow from number and time
// alone, so that a history that is filled in and a feed that is sent fit together to the event.
// Used by bench/slo_scale.py. Usage:
//   slo_world policy SLOS FOLDER            OpenSLO, events counted by Tollgate, page and ticket
//   slo_world sloth SLOS FILE               the same SLOs in Sloth's form, for Prometheus
//   slo_world cells SLOS FILE DAYS STEP     history up to STEP as cells, as the intake leaves them
//   slo_world text SLOS FROM TO             samples of steps FROM up to TO as OpenMetrics text
//   slo_world send SLOS FROM TO BATCH PORT PATH ...     the same at once, by remote write
//   slo_world live SLOS SECONDS BATCH PORT PATH ...     in real time, a thirtieth each second
#include "../tests/edge/remote_write_writer.hpp"
#include "edge/cells/cell_store.hpp"
#include "edge/intake/snappy_block.hpp"

#include <fmt/core.h>

#include <arpa/inet.h>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace {

using namespace tollgate;

constexpr int64_t kStepMs = 30'000;
constexpr int64_t kSeriesOfSlo = 10;
constexpr int64_t kInstances = 5;
constexpr int64_t kFailingEach = 50;  // one SLO of so many burns so that it pages

[[noreturn]] void die(const std::string& message) {
  fmt::print(stderr, "slo_world: {}\n", message);
  std::exit(1);
}

/// Every SLO has a second of its own within the step, so that a server sees an even stream.
int64_t offset_ms(int64_t slo) { return slo % 30 * 1000; }
int64_t time_of(int64_t slo, int64_t step) { return step * kStepMs + offset_ms(slo); }

/// Of one instance, since step 0.
int64_t good_until(int64_t slo, int64_t step) { return step * 40 + step * (slo % 7) / 7; }
int64_t bad_until(int64_t slo, int64_t step) {
  const int64_t per_thousand = slo % kFailingEach == kFailingEach - 1 ? 800 : 10 + slo % 20;
  return step * per_thousand / 1000;
}

std::string name_of(int64_t slo) { return fmt::format("slo-{:05}", slo); }

testing::Labels labels_of(int64_t series) {
  const int64_t slo = series / kSeriesOfSlo;
  return {{"__name__", "http_requests_total"},
          {"code", series % 2 == 0 ? "200" : "500"},
          {"environment", "production"},
          {"instance", fmt::format("10.0.{}.{}:9090", slo % 250, series % kSeriesOfSlo / 2)},
          {"job", "backend-service"},
          {"slo", name_of(slo)}};
}

int64_t value_of(int64_t series, int64_t step) {
  const int64_t slo = series / kSeriesOfSlo;
  return series % 2 == 0 ? good_until(slo, step) : bad_until(slo, step);
}

class File {
 public:
  explicit File(const std::string& path) : file_(std::fopen(path.c_str(), "w")) {
    if (file_ == nullptr) die("cannot write " + path);
  }
  ~File() { std::fclose(file_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  void put(const std::string& text) { std::fwrite(text.data(), 1, text.size(), file_); }

 private:
  std::FILE* file_;
};

/// Files of at most so many SLOs each: a policy file has a limit.
constexpr int64_t kSlosOfFile = 10'000;

void write_policy(int64_t slos, const std::string& folder) {
  File common(folder + "/common.yaml");
  common.put(R"(apiVersion: openslo/v1
kind: Service
metadata: {name: shop}
spec: {description: Many.}
---
apiVersion: tollgate/v1
kind: Environment
metadata: {name: production}
spec: {production: true}
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: {name: nobody}
spec: {target: none}
)");
  for (const char* severity : {"page", "ticket"}) {
    common.put(fmt::format(R"(---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {{name: {0}, annotations: {{tollgate.dev/rules: default}}}}
spec:
  alertWhenBreaching: true
  conditions:
    - kind: AlertCondition
      metadata: {{name: {0}}}
      spec: {{severity: {0}, condition: {{kind: burnrate, threshold: 1, lookbackWindow: 1h}}}}
  notificationTargets: [{{targetRef: nobody}}]
)",
                           severity));
  }
  for (int64_t first = 0; first < slos; first += kSlosOfFile) {
    File out(fmt::format("{}/slos-{}.yaml", folder, first / kSlosOfFile));
    for (int64_t slo = first; slo < std::min(slos, first + kSlosOfFile); ++slo) {
      out.put(fmt::format(R"(---
apiVersion: openslo/v1
kind: SLO
metadata: {{name: {0}}}
spec:
  service: shop
  indicator: {{metadata: {{name: {0}}}, spec: {{ratioMetric: {{counter: true,
    bad: {{metricSource: {{type: series,
      spec: {{query: 'http_requests_total{{slo="{0}",code="500"}}'}}}}}},
    total: {{metricSource: {{type: series,
      spec: {{query: 'http_requests_total{{slo="{0}"}}'}}}}}}}}}}}}
  timeWindow: [{{duration: 30d, isRolling: true}}]
  budgetingMethod: Occurrences
  objectives: [{{target: 0.999}}]
  alertPolicies: [{{alertPolicyRef: page}}, {{alertPolicyRef: ticket}}]
)",
                          name_of(slo)));
    }
  }
}

void write_sloth(int64_t slos, const std::string& path) {
  File out(path);
  out.put("version: prometheus/v1\nservice: shop\nslos:\n");
  for (int64_t slo = 0; slo < slos; ++slo) {
    out.put(fmt::format(R"(  - name: {0}
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(http_requests_total{{slo="{0}",code="500"}}[{{{{.window}}}}]))
        total_query: sum(rate(http_requests_total{{slo="{0}"}}[{{{{.window}}}}]))
    alerting:
      name: Burn
      page_alert: {{labels: {{severity: page}}}}
      ticket_alert: {{labels: {{severity: ticket}}}}
)",
                        name_of(slo)));
  }
}

/// Events of all instances between two steps.
slo::Counts between(int64_t slo, int64_t from, int64_t to) {
  return {kInstances * (good_until(slo, to) - good_until(slo, from)),
          kInstances * (bad_until(slo, to) - bad_until(slo, from))};
}

/// The last step whose sample is not later than `time_ms`.
int64_t step_at(int64_t slo, int64_t time_ms) { return (time_ms - offset_ms(slo)) / kStepMs; }

/// What the samples of a history add, ascending, no finer than the retention keeps it.
void add_history(uint32_t handle, int64_t slo, int64_t days_long, int64_t last_step,
                 std::vector<cells::Addition>& out) {
  const int64_t end = time_of(slo, last_step);
  const slo::Retention retention;
  int64_t at = (end - days(days_long).ms) / hours(1).ms * hours(1).ms;
  while (at < end) {
    // A whole hour is as fine as its end allows.
    const int64_t hour_end = at / hours(1).ms * hours(1).ms + hours(1).ms;
    const int64_t length = hour_end <= end - retention.minutes.ms ? hours(1).ms
                           : hour_end <= end - retention.fine.ms  ? minutes(1).ms
                                                                  : slo::kCellLength.ms;
    const int64_t next = std::min(at + length, end);
    const slo::Counts counts = between(slo, step_at(slo, at), step_at(slo, next));
    if (counts != slo::Counts{}) {
      out.push_back({handle, at / slo::kCellLength.ms, counts.good, counts.bad,
                     time_of(slo, step_at(slo, next))});
    }
    at += length;
  }
}

void fill_cells(int64_t slos, const std::string& path, int64_t days_long, int64_t last_step) {
  constexpr int64_t kGroup = 500;  // SLOs in one snapshot
  for (int64_t first = 0; first < slos; first += kGroup * 10) {
    // A store of its own for each part, so that what was written is let go.
    auto store = cells::CellStore::open(path);
    if (!store) die(store.error().text());
    std::vector<cells::Addition> additions;
    for (int64_t slo = first; slo < std::min(slos, first + kGroup * 10); ++slo) {
      cells::SeriesKey key;
      key.slo = "shop/" + name_of(slo);
      key.environment = "production";
      additions.clear();
      add_history((*store)->open_series(key), slo, days_long, last_step, additions);
      if (!(*store)->push({.source = "anonymous", .additions = additions})) die("push failed");
      if (slo % kGroup != kGroup - 1 && slo != slos - 1) continue;
      if (auto written = (*store)->write((*store)->collect({})); !written)
        die(written.error().text());
    }
  }
}

/// Writes to standard output in large pieces.
class Output {
 public:
  ~Output() { flush(); }
  std::string& text() {
    if (text_.size() > 1'000'000) flush();
    return text_;
  }

 private:
  void flush() {
    std::fwrite(text_.data(), 1, text_.size(), stdout);
    text_.clear();
  }
  std::string text_;
};

/// The counters, and what Sloth's rules would have recorded of them for the window of 30 days.
void write_text(int64_t slos, int64_t from, int64_t to) {
  Output out;
  out.text() += "# TYPE http_requests counter\n";
  for (int64_t series = 0; series < slos * kSeriesOfSlo; ++series) {
    std::string labels;
    for (const auto& [name, value] : labels_of(series)) {
      if (name == "__name__") continue;
      labels += fmt::format("{}{}=\"{}\"", labels.empty() ? "" : ",", name, value);
    }
    for (int64_t step = from; step < to; ++step) {
      const int64_t time = time_of(series / kSeriesOfSlo, step);
      fmt::format_to(std::back_inserter(out.text()), "http_requests_total{{{}}} {} {}.{:03}\n",
                     labels, value_of(series, step), time / 1000, time % 1000);
    }
  }
  out.text() += "# TYPE slo:sli_error:ratio_rate5m gauge\n";
  for (int64_t slo = 0; slo < slos; ++slo) {
    const std::string name = name_of(slo);
    for (int64_t step = from; step < to; ++step) {
      const slo::Counts counts = between(slo, step - 10, step);
      fmt::format_to(std::back_inserter(out.text()),
                     "slo:sli_error:ratio_rate5m{{sloth_id=\"shop-{0}\",sloth_service=\"shop\","
                     "sloth_slo=\"{0}\","
                     "sloth_window=\"5m\"}} {1} {2}\n",
                     name, static_cast<double>(counts.bad) / static_cast<double>(counts.total()),
                     time_of(slo, step) / 1000);
    }
  }
  out.text() += "# EOF\n";
}

/// One server that takes remote writes.
class Receiver {
 public:
  Receiver(uint16_t port, std::string path) : port_(port), path_(std::move(path)) {
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
      die(fmt::format("cannot connect to port {}", port));
  }

  void send(const std::string& body) {
    const std::string request =
        fmt::format(
            "POST {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/x-protobuf\r\n"
            "Content-Encoding: snappy\r\nX-Prometheus-Remote-Write-Version: 0.1.0\r\n"
            "Content-Length: {}\r\n\r\n",
            path_, port_, body.size()) +
        body;
    for (size_t at = 0; at < request.size();) {
      const ssize_t sent = ::send(socket_, request.data() + at, request.size() - at, MSG_NOSIGNAL);
      if (sent <= 0) die("the server closed the connection");
      at += static_cast<size_t>(sent);
    }
    const int status = read_answer();
    if (status / 100 != 2) die(fmt::format("{} answered {}", path_, status));
  }

 private:
  int read_answer() const {
    std::string answer;
    char block[4096];
    while (true) {
      const size_t end = answer.find("\r\n\r\n");
      if (end != std::string::npos) {
        size_t length = 0;
        for (const char* name : {"Content-Length: ", "content-length: "}) {
          if (const size_t at = answer.find(name); at < end)
            length = std::strtoul(answer.c_str() + at + 16, nullptr, 10);
        }
        if (answer.size() >= end + 4 + length) break;
      }
      const ssize_t count = ::recv(socket_, block, sizeof(block), 0);
      if (count <= 0) die("the server closed the connection");
      answer.append(block, static_cast<size_t>(count));
    }
    return std::atoi(answer.c_str() + 9);
  }

  uint16_t port_;
  std::string path_;
  int socket_ = -1;
};

std::vector<Receiver> receivers_of(int argc, char** argv, int first) {
  std::vector<Receiver> receivers;
  for (int i = first; i + 1 < argc; i += 2)
    receivers.emplace_back(static_cast<uint16_t>(std::atoi(argv[i])), argv[i + 1]);
  return receivers;
}

/// Collects samples and sends them in batches.
class Sender {
 public:
  Sender(std::vector<Receiver>& receivers, size_t batch) : receivers_(receivers), batch_(batch) {}
  void add(int64_t series, int64_t step) {
    const auto value = static_cast<double>(value_of(series, step));
    list_.push_back({labels_of(series), {{time_of(series / kSeriesOfSlo, step), value}}});
    if (list_.size() >= batch_) flush();
  }
  void flush() {
    if (list_.empty()) return;
    const std::string body = intake::compress_snappy(testing::write_request_1(list_));
    for (Receiver& receiver : receivers_) receiver.send(body);
    list_.clear();
  }

 private:
  std::vector<Receiver>& receivers_;
  const size_t batch_;
  std::vector<testing::WrittenSeries> list_;
};

void send_steps(int64_t slos, int64_t from, int64_t to, Sender& sender) {
  for (int64_t step = from; step < to; ++step) {
    for (int64_t second = 0; second < 30; ++second) {
      for (int64_t slo = second; slo < slos; slo += 30) {
        for (int64_t i = 0; i < kSeriesOfSlo; ++i) sender.add(slo * kSeriesOfSlo + i, step);
      }
    }
  }
  sender.flush();
}

void send_live(int64_t slos, int64_t seconds_long, Sender& sender) {
  const int64_t begin = static_cast<int64_t>(std::time(nullptr)) + 1;
  for (int64_t second = begin; second < begin + seconds_long; ++second) {
    std::this_thread::sleep_until(
        std::chrono::system_clock::time_point(std::chrono::seconds(second)));
    for (int64_t slo = second % 30; slo < slos; slo += 30) {
      for (int64_t i = 0; i < kSeriesOfSlo; ++i) sender.add(slo * kSeriesOfSlo + i, second / 30);
    }
    sender.flush();
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string verb = argc > 3 ? argv[1] : "";
  const int64_t slos = argc > 2 ? std::atoll(argv[2]) : 0;
  const auto number = [&](int place) { return place < argc ? std::atoll(argv[place]) : 0; };
  if (verb == "policy") {
    write_policy(slos, argv[3]);
  } else if (verb == "sloth") {
    write_sloth(slos, argv[3]);
  } else if (verb == "cells" && argc == 6) {
    fill_cells(slos, argv[3], number(4), number(5));
  } else if (verb == "text" && argc == 5) {
    write_text(slos, number(3), number(4));
  } else if (verb == "send" && argc >= 8) {
    std::vector<Receiver> receivers = receivers_of(argc, argv, 6);
    Sender sender(receivers, static_cast<size_t>(number(5)));
    send_steps(slos, number(3), number(4), sender);
  } else if (verb == "live" && argc >= 7) {
    std::vector<Receiver> receivers = receivers_of(argc, argv, 5);
    Sender sender(receivers, static_cast<size_t>(number(4)));
    send_live(slos, number(3), sender);
  } else {
    die("usage: see the head of bench/slo_world.cpp");
  }
  return 0;
}
