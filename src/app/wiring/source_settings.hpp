// What connectionDetails of DataSources say: read for those who connect, and checked before a
// policy is put in force. docs/SOURCES.md and docs/SIGNALS.md list the settings of each type.
#pragma once

#include "domain/model/lint.hpp"
#include "edge/follow/line_counter.hpp"
#include "edge/scrape/scraper.hpp"
#include "edge/sources/source.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tollgate::wiring {

/// What becomes of env: and file: references. A check leaves them: secrets need not be where the
/// policy is written.
enum class Secrets { resolved, left };

/// A text of the policy that may be a reference to a secret; anything else stands for itself.
/// Errors: those of deliver::resolve_secret.
Result<std::string> resolve_text(std::string_view text, Secrets secrets = Secrets::resolved);

/// How to reach a DataSource that is asked. Errors, with the field in /spec: bad_value,
/// missing_field, unknown_field, field_conflict, bad_duration, and those of secrets.
Result<sources::SourceConfig> source_config(const model::DataSource& source,
                                            Secrets secrets = Secrets::resolved);
/// The exporters that a DataSource of type "scrape" names. connectionDetails: `targets`, a list of
/// URLs or of {url, labels}; `labels`, `interval`, `timeout`, and credentials as for every source.
/// Errors: as above.
Result<std::vector<scrape::Target>> scrape_targets(const model::DataSource& source,
                                                   Secrets secrets = Secrets::resolved);

/// The file that a DataSource of type "accesslog" names, and the form of its lines.
struct AccessLog {
  std::string path;
  follow::LineFormat format;
  bool from_start = false;  // what the file holds already counts, too
};
/// connectionDetails: `path`; `format`, which is common, combined, json or a log_format string of
/// nginx (default combined); `fromStart`. Errors: as above.
Result<AccessLog> access_log(const model::DataSource& source);

/// What is wrong with a DataSource in itself. Empty: whoever connects will understand it; whether
/// the other side is there, and whether its secrets are, is not looked at.
Problems check_data_source(const model::DataSource& source);

/// The same for every DataSource of a bundle, with its place. A type that is far from every known
/// one is a warning: policies may be shared with programs that know more of them.
std::vector<model::Finding> lint_data_sources(const model::Bundle& bundle);

}  // namespace tollgate::wiring
