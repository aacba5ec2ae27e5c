// The catalogue of all errors: `tollgate explain TG0213`, the problem pages and the exit codes come from it.
#include "foundation/base/codes.hpp"

namespace tollgate {

using namespace codes;

const std::vector<CodeInfo>& code_catalogue() {
  static const std::vector<CodeInfo> catalogue = {
      // code, name, exit, http, title, help
      {internal, "internal", 1, 500, "Internal error", "This is a bug in Tollgate; please report it with the log lines around it."},
      {io_failed, "io_failed", 1, 500, "Input or output failed", "Check that the path exists, that its permissions fit and that the disk has room."},
      {limit_exceeded, "limit_exceeded", 1, 413, "A limit was exceeded", "Split the input, or raise the named limit if the input is legitimate."},

      {bad_usage, "bad_usage", 2, 400, "Wrong usage", "See `tollgate COMMAND --help`."},
      {unknown_name, "unknown_name", 2, 400, "Unknown name", "Check the spelling; the nearest known name is suggested where there is one."},
      {not_found, "not_found", 5, 404, "Not found", "List what exists with `tollgate get KIND`."},
      {bad_time, "bad_time", 2, 400, "Not a time", "Write RFC 3339, for example 2026-03-02T10:00:00Z."},
      {bad_duration, "bad_duration", 2, 400, "Not a duration", "Write a number and a unit, for example 90s, 5m, 1h, 30d."},
      {bad_number, "bad_number", 2, 400, "Not a number", "Write a plain decimal number, or a percentage such as 99.9%."},
      {needs_confirmation, "needs_confirmation", 2, 400, "Confirmation needed", "Repeat the command with --yes."},
      {timed_out, "timed_out", 124, 504, "Timed out", "Raise --timeout, or find out what the command was waiting for with `tollgate status`."},

      {syntax, "syntax", 3, 400, "Syntax error", "The document is not well-formed YAML or JSON at the place shown."},
      {duplicate_key, "duplicate_key", 3, 400, "Duplicate key", "Remove one of the two entries; readers disagree about which of them counts."},
      {too_deep, "too_deep", 3, 400, "Nested too deeply", "Documents may nest 64 levels at the most."},
      {too_large, "too_large", 3, 413, "Too large", "Split the document."},
      {alias_limit, "alias_limit", 3, 400, "Too many aliases", "Write repeated parts out; aliases may add 10,000 nodes at the most."},
      {wrong_type, "wrong_type", 3, 422, "Wrong type", "`tollgate explain KIND` shows the type of each field."},
      {unknown_field, "unknown_field", 3, 422, "Unknown field", "Check the spelling and the nesting; `tollgate explain KIND` lists all fields."},
      {missing_field, "missing_field", 3, 422, "Missing field", "Add the field; `tollgate explain KIND` shows which are required."},
      {bad_value, "bad_value", 3, 422, "Bad value", "`tollgate explain KIND` shows which values the field takes."},
      {unknown_kind, "unknown_kind", 3, 422, "Unknown kind", "`tollgate get` lists all kinds."},
      {unknown_reference, "unknown_reference", 3, 422, "Unknown reference", "Define the named resource, or correct the name."},
      {duplicate_name, "duplicate_name", 3, 422, "Duplicate name", "Two resources of one kind may not share a name; rename one."},
      {unsupported_version, "unsupported_version", 3, 422, "Unsupported version", "Known are openslo/v1, openslo/v1alpha, openslo.com/v2alpha and tollgate/v1."},
      {field_conflict, "field_conflict", 3, 422, "Fields exclude each other", "Keep exactly one of the named fields."},
      {no_policy, "no_policy", 3, 422, "No policy", "Run `tollgate init` to write a starter policy, or name its folder with --policy."},
      {check_found_problems, "check_found_problems", 3, 422, "The check found problems", "Correct what is listed above."},
      {not_portable, "not_portable", 3, 422, "Other tools read this differently", "Remove the field; it has no effect here."},
      {unreachable_alert, "unreachable_alert", 3, 422, "Alert that can never fire", "Lower the burn rate, or shorten the window it looks back over."},
      {no_owner, "no_owner", 3, 422, "Nobody answers for this", "Add the labels tier and team to the service."},
      {no_objective, "no_objective", 3, 422, "Nothing is promised", "Define an SLO with a target above 0."},
      {slice_too_short, "slice_too_short", 3, 422, "Slice too short", "Use slices of a minute or more."},
      {fails_open, "fails_open", 3, 422, "Fails open", "This is a choice; hold or deny are the careful answers."},
      {no_gate, "no_gate", 3, 422, "No gate", "Write a ReleasePolicy that selects the environment."},

      {unknown_format, "unknown_format", 3, 422, "Unknown report format", "Name the format with --format; `tollgate record --help` lists them."},
      {bad_report, "bad_report", 3, 422, "The report cannot be read", "Look at the place shown; the tool that wrote the report may have been interrupted."},
      {xml_forbidden, "xml_forbidden", 3, 422, "Forbidden XML", "Entities and external references are refused; have the tool write plain XML."},

      {bad_log_line, "bad_log_line", 3, 422, "Log line cannot be read", "Name the right --format, or correct the line."},
      {source_failed, "source_failed", 1, 502, "A signal source failed", "Check the source's URL, credentials and health with `tollgate get DataSource`."},
      {unknown_slo, "unknown_slo", 5, 404, "Unknown SLO", "List the SLOs with `tollgate get SLO`; names are SERVICE/SLO."},
      {no_data, "no_data", 12, 404, "No data", "Import or connect a signal for this SLO first."},
      {bad_query, "bad_query", 3, 422, "Bad query", "The source refused the query; its own message is shown."},

      {store_failed, "store_failed", 1, 500, "The store failed", "Nothing unacknowledged was kept. Check the disk, then start again: the ledger is verified at start."},
      {store_locked, "store_locked", 6, 409, "The store is in use", "Another process has this data directory open; stop it, or talk to it with --server."},
      {log_regression, "log_regression", 30, 503, "The ledger went backwards", "The database is older than, or differs from, the last signed checkpoint. Restore the right database; do not delete the checkpoint."},
      {append_conflict, "append_conflict", 6, 409, "Lost a race", "Somebody else appended first; read again and retry."},
      {idempotency_conflict, "idempotency_conflict", 6, 422, "Key used for another request", "An Idempotency-Key belongs to one request for ever; use a new key."},
      {proof_invalid, "proof_invalid", 30, 422, "Proof does not hold", "The record, the proof or the checkpoint was changed, or they do not belong together."},
      {bad_signature, "bad_signature", 30, 422, "Signature does not hold", "The checkpoint was changed or was signed by another key."},
      {bad_ledger_file, "bad_ledger_file", 30, 422, "Ledger file does not verify", "The named position or the header was changed after the export."},
      {disk_full, "disk_full", 1, 507, "Disk full", "Free space in the data directory; nothing unacknowledged was kept."},
      {unknown_event, "unknown_event", 30, 500, "Unknown event", "This ledger was written by a newer Tollgate; use that version or a later one."},
      {replay_differs, "replay_differs", 30, 500, "Replay differs", "A recorded verdict cannot be re-derived; keep the ledger and report this."},
      {blob_missing, "blob_missing", 1, 404, "Blob missing", "The raw file is not in this store; the ledger keeps its digest and summary."},

      {queue_full, "queue_full", 20, 503, "Too busy", "Retry after the time given; no verdict was made."},
      {stopped, "stopped", 20, 503, "Stopping", "The server is shutting down; retry."},
      {unknown_service, "unknown_service", 5, 404, "Unknown service", "Define the service in the policy, or correct the name."},
      {unknown_environment, "unknown_environment", 5, 404, "Unknown environment", "Define the Environment in the policy, or correct the name."},
      {unknown_check, "unknown_check", 3, 422, "Unknown check", "`tollgate explain checks` lists all checks with their versions."},
      {thin_evidence, "thin_evidence", 12, 422, "Too little evidence", "Wait for more events, or lower the minimum in the policy."},

      {unreachable, "unreachable", 20, 502, "Server unreachable, no verdict", "Check --server and the network; what happens without a verdict is --if-unreachable."},
      {bad_request, "bad_request", 2, 400, "Bad request", "See /openapi.yaml for the form of requests."},
      {unauthenticated, "unauthenticated", 4, 401, "Not authenticated", "Give a token with TOLLGATE_TOKEN or TOLLGATE_TOKEN_FILE."},
      {forbidden, "forbidden", 4, 403, "Not allowed", "The token's role does not include this action; ask an administrator."},
      {precondition_failed, "precondition_failed", 6, 412, "Changed meanwhile", "Read the resource again and repeat with its new ETag."},
      {precondition_required, "precondition_required", 6, 428, "If-Match needed", "Send the ETag of the version you changed as If-Match."},
      {body_too_large, "body_too_large", 2, 413, "Body too large", "Send less at once; the limit is named in the message."},
      {no_route, "no_route", 5, 404, "No such address", "See /openapi.yaml for all addresses."},
      {bad_method, "bad_method", 2, 405, "Method not allowed", "See /openapi.yaml for the methods of this address."},
      {tls_failed, "tls_failed", 20, 502, "TLS failed", "Check the certificate, its host name and the trust store."},
      {bad_response, "bad_response", 20, 502, "Unusable answer", "The server answered something that is not Tollgate's API; check --server."},
      {unsupported_media, "unsupported_media", 2, 415, "Unsupported media type", "Send application/json."},
      {too_many_requests, "too_many_requests", 20, 429, "Too many requests", "Slow down; retry after the time given."},
      {slow_request, "slow_request", 20, 408, "Request took too long to arrive", "Send the whole request within the server's time limits."},
      {head_too_large, "head_too_large", 2, 431, "Request head too large", "Send fewer or shorter headers, or a shorter address."},
  };
  return catalogue;
}

}  // namespace tollgate
