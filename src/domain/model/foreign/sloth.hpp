// Files of Sloth as they stand: prometheus/v1 and the Kubernetes kind PrometheusServiceLevel, with
// the same rules of what is valid. Source of the rules: slok/sloth, pkg/prometheus/api/v1.
#pragma once

#include "domain/model/kind.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::model {

using TextMap = std::map<std::string, std::string>;

/// The page or the ticket alert of an SLO.
struct SlothAlert {
  bool is_off = false;
  TextMap labels = {};
  TextMap annotations = {};
};

struct SlothSlo {
  std::string name = {};
  std::string description = {};
  double objective = 0;  // percent
  TextMap labels = {};
  // Either both of events, or the ratio; each with {{.window}} for the window.
  std::string error_query = {};
  std::string total_query = {};
  std::string error_ratio_query = {};
  std::string alert_name = {};
  TextMap alert_labels = {};
  TextMap alert_annotations = {};
  SlothAlert page = {};
  SlothAlert ticket = {};
  Mark mark = {};  // where it stands
};

struct SlothSpec {
  std::string format = {};  // "prometheus/v1", "sloth.slok.dev/v1", "openslo/v1alpha"
  std::string service = {};
  TextMap labels = {};
  std::vector<SlothSlo> slos = {};
  // Of the Kubernetes kind only.
  std::string resource = {};
  std::string name_space = {};
  TextMap resource_labels = {};
  TextMap resource_annotations = {};
};

inline constexpr std::string_view kSlothVersion = "prometheus/v1";
inline constexpr std::string_view kSlothApiVersion = "sloth.slok.dev/v1";
inline constexpr std::string_view kSlothKind = "PrometheusServiceLevel";
inline constexpr std::string_view kSlothWindowsKind = "AlertWindows";

/// Whether a document is Sloth's: one with SLOs, or one with alert windows.
bool is_sloth(const doc::Node& node);
bool is_sloth_windows(const doc::Node& node);

/// Reads a document that is_sloth. Problems go to `errors`; what Sloth itself reads past in silence
/// (an unknown field, such as pageAlert where page_alert is meant) goes to `warnings`.
SlothSpec read_sloth(const doc::Node& node, ProblemSink& errors, ProblemSink& warnings);

/// `{{ .window }}` and its spellings replaced; also `{{window}}`, `$window`, `${window}`,
/// `$__range` and `[WINDOW]`.
std::string with_window(std::string_view query, std::string_view window);
/// Whether a query says where its window goes.
bool has_window(std::string_view query);

}  // namespace tollgate::model
