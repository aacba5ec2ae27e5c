#include "domain/model/foreign/sloth.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <array>

namespace tollgate::model {
namespace {

using doc::Node;

/// The two spellings of a field: of files, and of the Kubernetes kind.
struct Spelling {
  std::string_view file;
  std::string_view kubernetes;
};
constexpr Spelling kErrorQuery{"error_query", "errorQuery"};
constexpr Spelling kTotalQuery{"total_query", "totalQuery"};
constexpr Spelling kErrorRatioQuery{"error_ratio_query", "errorRatioQuery"};
constexpr Spelling kPageAlert{"page_alert", "pageAlert"};
constexpr Spelling kTicketAlert{"ticket_alert", "ticketAlert"};
constexpr Spelling kSloPlugins{"slo_plugins", "sloPlugins"};
constexpr std::array kSpellings = {kErrorQuery, kTotalQuery,  kErrorRatioQuery,
                                   kPageAlert,  kTicketAlert, kSloPlugins};

/// A label value; Sloth takes numbers and booleans as they are written.
std::string text_of(const Node& value) {
  if (value.is_text()) return value.as_text();
  return value.raw();
}

bool is_name_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

/// At least two of letters, digits, '-', '_', '.'; a letter or digit at both ends.
bool is_name(std::string_view name) {
  if (name.size() < 2 || !is_name_char(name.front()) || !is_name_char(name.back())) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return is_name_char(c) || c == '-' || c == '_' || c == '.'; });
}

class Reader {
 public:
  Reader(bool is_kubernetes, ProblemSink& errors, ProblemSink& warnings)
      : is_kubernetes_(is_kubernetes), errors_(errors), warnings_(warnings) {}

  void read(const Node& spec, const std::string& path, SlothSpec& into) {
    look_for_strangers(spec, path, {"version", "service", "labels", name_of(kSloPlugins), "slos"});
    into.service = text(spec, "service", path, true);
    check_name(into.service, path + "/service", "service");
    into.labels = pairs(spec, "labels", path);
    note_plugins(spec, name_of(kSloPlugins), path);
    const Node* slos = spec.find("slos");
    if (slos == nullptr || !slos->is_array() || slos->items().empty()) {
      errors_.add(codes::missing_field, path + "/slos", "at least one SLO is needed");
      return;
    }
    for (size_t i = 0; i < slos->items().size(); ++i)
      read_slo(slos->items()[i], fmt::format("{}/slos/{}", path, i), into);
  }

 private:
  std::string_view name_of(const Spelling& spelling) const {
    return is_kubernetes_ ? spelling.kubernetes : spelling.file;
  }

  void read_slo(const Node& node, const std::string& path, SlothSpec& into) {
    SlothSlo slo{.mark = node.mark()};
    if (!node.is_object()) return errors_.add(codes::wrong_type, path, "an SLO is an object");
    look_for_strangers(
        node, path, {"name", "description", "objective", "labels", "plugins", "sli", "alerting"});
    slo.name = text(node, "name", path, true);
    check_name(slo.name, path + "/name", "name");
    slo.description = text(node, "description", path, false);
    slo.labels = pairs(node, "labels", path);
    note_plugins(node, "plugins", path);
    const Node* objective = node.find("objective");
    slo.objective = objective != nullptr && objective->is_number() ? objective->as_number() : 0;
    if (slo.objective <= 0 || slo.objective > 100) {
      errors_.add(codes::bad_value, path + "/objective",
                  "an objective is above 0 and at most 100 percent");
    }
    read_sli(node, path + "/sli", slo);
    read_alerting(node, path + "/alerting", slo);
    for (const SlothSlo& other : into.slos) {
      if (other.name == slo.name)
        errors_.add(codes::duplicate_name, path + "/name",
                    fmt::format("a second SLO \"{}\" of service {}", slo.name, into.service));
    }
    into.slos.push_back(std::move(slo));
  }

  void read_sli(const Node& node, const std::string& path, SlothSlo& slo) {
    const Node* sli = node.find("sli");
    if (sli == nullptr || !sli->is_object())
      return errors_.add(codes::missing_field, path, "an SLO needs an SLI");
    look_for_strangers(*sli, path, {"events", "raw", "plugin"});
    const Node* events = sli->find("events");
    const Node* raw = sli->find("raw");
    const Node* plugin = sli->find("plugin");
    const auto is_there = [](const Node* part) { return part != nullptr && !part->is_null(); };
    if (is_there(plugin)) {
      return errors_.add(codes::bad_value, path + "/plugin",
                         "SLI plugins are Go code of Sloth; write the queries as events or raw");
    }
    if (is_there(events) == is_there(raw))
      return errors_.add(codes::field_conflict, path, "exactly one of events and raw is needed");
    if (is_there(raw)) {
      look_for_strangers(*raw, path + "/raw", {name_of(kErrorRatioQuery)});
      slo.error_ratio_query = query(*raw, name_of(kErrorRatioQuery), path + "/raw");
      return;
    }
    look_for_strangers(*events, path + "/events", {name_of(kErrorQuery), name_of(kTotalQuery)});
    slo.error_query = query(*events, name_of(kErrorQuery), path + "/events");
    slo.total_query = query(*events, name_of(kTotalQuery), path + "/events");
    if (!slo.error_query.empty() && slo.error_query == slo.total_query)
      errors_.add(codes::bad_value, path + "/events", "both queries are the same");
  }

  void read_alerting(const Node& node, const std::string& path, SlothSlo& slo) {
    const Node* alerting = node.find("alerting");
    const Node none = Node::object();
    if (alerting == nullptr || !alerting->is_object()) alerting = &none;
    look_for_strangers(
        *alerting, path,
        {"name", "labels", "annotations", name_of(kPageAlert), name_of(kTicketAlert)});
    slo.alert_name = text(*alerting, "name", path, false);
    slo.alert_labels = pairs(*alerting, "labels", path);
    slo.alert_annotations = pairs(*alerting, "annotations", path);
    slo.page = read_alert(*alerting, name_of(kPageAlert), path);
    slo.ticket = read_alert(*alerting, name_of(kTicketAlert), path);
    const bool is_silent = slo.page.is_off && slo.ticket.is_off;
    if (slo.alert_name.empty() && !is_silent)
      errors_.add(codes::missing_field, path + "/name",
                  "an alert that is not disabled needs a name");
  }

  SlothAlert read_alert(const Node& alerting, std::string_view key, const std::string& path) {
    const Node* node = alerting.find(key);
    if (node == nullptr || !node->is_object()) return {};
    const std::string place = fmt::format("{}/{}", path, key);
    look_for_strangers(*node, place, {"disable", "labels", "annotations"});
    return {.is_off = node->boolean_or("disable", false),
            .labels = pairs(*node, "labels", place),
            .annotations = pairs(*node, "annotations", place)};
  }

  std::string query(const Node& node, std::string_view key, const std::string& path) {
    std::string found = text(node, key, path, true);
    if (!found.empty() && !has_window(found))
      errors_.add(codes::bad_value, fmt::format("{}/{}", path, key),
                  "the query does not say where its window goes: [{{.window}}]");
    return found;
  }

  std::string text(const Node& node, std::string_view key, const std::string& path,
                   bool is_required) {
    const Node* value = node.find(key);
    std::string found = value == nullptr ? "" : text_of(*value);
    if (found.empty() && is_required)
      errors_.add(codes::missing_field, fmt::format("{}/{}", path, key),
                  fmt::format("\"{}\" is needed", key));
    return found;
  }

  TextMap pairs(const Node& node, std::string_view key, const std::string& path) {
    TextMap found;
    const Node* object = node.find(key);
    if (object == nullptr || object->is_null()) return found;
    if (!object->is_object()) {
      errors_.add(codes::wrong_type, fmt::format("{}/{}", path, key), "a list of NAME: TEXT");
      return found;
    }
    for (const doc::Member& member : object->members()) found[member.key] = text_of(member.value);
    return found;
  }

  void check_name(const std::string& name, const std::string& path, std::string_view what) {
    if (name.empty() || is_name(name)) return;
    errors_.add(
        codes::bad_value, path,
        fmt::format("{} \"{}\" must be two or more letters, digits, '-', '_' or '.', with a "
                    "letter or digit at both ends",
                    what, name));
  }

  void note_plugins(const Node& node, std::string_view key, const std::string& path) {
    if (node.find(key) == nullptr) return;
    warnings_.add(codes::unknown_field, fmt::format("{}/{}", path, key),
                  "SLO plugins are Go code of Sloth; they are not run here");
  }

  /// Sloth reads past fields that it does not know; most often the other spelling was meant.
  void look_for_strangers(const Node& node, const std::string& path,
                          const std::vector<std::string_view>& known) {
    for (const doc::Member& member : node.members()) {
      if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
      std::string hint;
      for (const Spelling& spelling : kSpellings) {
        const std::string_view other = is_kubernetes_ ? spelling.file : spelling.kubernetes;
        if (member.key == other)
          hint = fmt::format("; in this format it is written \"{}\"", name_of(spelling));
      }
      if (hint.empty()) {
        const std::vector<std::string> names(known.begin(), known.end());
        hint = did_you_mean(member.key, names);
      }
      warnings_.add(codes::unknown_field, fmt::format("{}/{}", path, member.key),
                    fmt::format("\"{}\" has no meaning here and is ignored{}", member.key, hint));
    }
  }

  const bool is_kubernetes_;
  ProblemSink& errors_;
  ProblemSink& warnings_;
};

/// Where a placeholder of the form {{ .window }} ends that begins at `from`; npos if none does.
size_t template_end(std::string_view query, size_t from) {
  size_t at = from + 2;
  while (at < query.size() && query[at] == ' ') ++at;
  if (at < query.size() && query[at] == '.') ++at;
  constexpr std::string_view kWord = "window";
  if (query.substr(at, kWord.size()) != kWord) return std::string_view::npos;
  at += kWord.size();
  while (at < query.size() && query[at] == ' ') ++at;
  return query.substr(at, 2) == "}}" ? at + 2 : std::string_view::npos;
}

constexpr std::array<std::string_view, 3> kWindowWords = {"${window}", "$window", "$__range"};
constexpr std::string_view kBareWindow = "[WINDOW]";

}  // namespace

bool is_sloth(const Node& node) {
  return node.text_or("version") == kSlothVersion ||
         (node.text_or("apiVersion") == kSlothApiVersion && node.text_or("kind") == kSlothKind);
}

bool is_sloth_windows(const Node& node) {
  return node.text_or("apiVersion") == kSlothApiVersion &&
         node.text_or("kind") == kSlothWindowsKind;
}

SlothSpec read_sloth(const Node& node, ProblemSink& errors, ProblemSink& warnings) {
  SlothSpec spec;
  const bool is_kubernetes = node.text_or("version") != kSlothVersion;
  spec.format = is_kubernetes ? kSlothApiVersion : kSlothVersion;
  Reader reader(is_kubernetes, errors, warnings);
  if (!is_kubernetes) {
    reader.read(node, "", spec);
    return spec;
  }
  const Node* metadata = node.find("metadata");
  const auto copy = [&](std::string_view key, TextMap& into) {
    const Node* object = metadata == nullptr ? nullptr : metadata->find(key);
    if (object == nullptr || !object->is_object()) return;
    for (const doc::Member& member : object->members()) into[member.key] = text_of(member.value);
  };
  if (metadata != nullptr) {
    spec.resource = metadata->text_or("name");
    spec.name_space = metadata->text_or("namespace");
  }
  copy("labels", spec.resource_labels);
  copy("annotations", spec.resource_annotations);
  if (spec.resource.empty())
    errors.add(codes::missing_field, "/metadata/name", "\"name\" is needed");
  const Node* body = node.find("spec");
  if (body == nullptr || !body->is_object()) {
    errors.add(codes::missing_field, "/spec", "\"spec\" is needed");
    return spec;
  }
  reader.read(*body, "/spec", spec);
  return spec;
}

std::string with_window(std::string_view query, std::string_view window) {
  std::string out;
  size_t at = 0;
  while (at < query.size()) {
    const std::string_view rest = query.substr(at);
    if (rest.starts_with("{{")) {
      const size_t end = template_end(query, at);
      if (end != std::string_view::npos) {
        out += window;
        at = end;
        continue;
      }
    }
    const auto word =
        std::find_if(kWindowWords.begin(), kWindowWords.end(),
                     [rest](std::string_view each) { return rest.starts_with(each); });
    if (word != kWindowWords.end()) {
      out += window;
      at += word->size();
    } else if (rest.starts_with(kBareWindow)) {
      out += fmt::format("[{}]", window);
      at += kBareWindow.size();
    } else {
      out += query[at++];
    }
  }
  return out;
}

bool has_window(std::string_view query) { return with_window(query, "") != query; }

}  // namespace tollgate::model
