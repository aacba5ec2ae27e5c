// What was seen outside: deployments, pipelines, changes, incidents, approvals and alerts, as a
// vendor's webhook, its API or a person told it. Each is an event of the ledger of its own; what
// they add up to is folded in domain/delivery. Names and mail addresses are left out: `by` is the
// login that the vendor's API goes by, nothing more.
#pragma once

#include "domain/model/request.hpp"
#include "foundation/reflect/type_info.hpp"

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tollgate::model {

/// Why a fact is believed. told: somebody with a Tollgate token said so. token: the delivery
/// carried a shared secret. signature: its bytes were signed. confirmed: the vendor's API said the
/// same when asked.
enum class Assurance { told, token, signature, confirmed };

/// Where a fact comes from.
struct Origin {
  std::string integration = {};     // name of the Integration; empty: `tollgate record`
  std::string sender = {};          // "github"; "record"
  std::string event = {};           // as the sender names it: "deployment_status"
  std::string delivery = {};        // the sender's name for this delivery; empty: it has none
  std::optional<Digest> body = {};  // the bytes as they came, a blob
  Assurance assurance = Assurance::told;
  // Why it is not believed so far: it waits for the sender's API to say the same. Such a fact is
  // kept and changes nothing; once confirmed it is recorded again, as a fact of its own.
  std::string unconfirmed = {};
  std::optional<int64_t> confirms = {};  // position of the unconfirmed record of the same fact
};

/// What became of one deployment, or of its part in one region. pending: asked for, nothing runs
/// yet. canceled: ended without a result.
enum class DeploymentStatus { pending, running, succeeded, failed, canceled };

/// Why it was made; see GLOSSARY.
enum class DeploymentKind { planned, emergency, hotfix, rollback, rollforward, config, redeploy };

/// deployment.observed@1: one step in the life of a deployment. `at` is the sender's own time.
struct DeploymentObserved {
  Origin origin = {};
  std::string service = {};
  std::string environment = {};
  std::string project = {};             // "acme/checkout", as the sender names what is built
  std::string sender_environment = {};  // as the sender names it
  std::string id = {};                  // the sender's name for this deployment
  std::string run = {};  // what ties steps together: a pipeline, a rollout's checksum
  std::string region = {};
  DeploymentStatus status = DeploymentStatus::pending;
  Time at = {};
  std::optional<Time> started = {};  // when told beside `at`
  std::string version = {};
  std::string commit = {};
  std::string ref = {};
  std::string artifact = {};  // "sha256:...", or a package URL that carries it
  std::optional<DeploymentKind> kind = {};
  std::optional<bool> took_traffic = {};  // users met it; absent: not told
  std::string incident = {};              // that it answers, or caused it
  std::string by = {};
  std::string url = {};
};

enum class RunStatus { pending, running, succeeded, failed, canceled, skipped };

/// pipeline.observed@1: a run of a pipeline, workflow or job.
struct PipelineObserved {
  Origin origin = {};
  std::string service = {};
  std::string project = {};
  std::string id = {};
  int64_t attempt = 1;  // re-runs share the id
  std::string name = {};
  RunStatus status = RunStatus::pending;
  Time at = {};
  std::optional<Time> started = {};
  std::optional<Time> ended = {};
  std::string commit = {};
  std::string ref = {};
  std::string url = {};
};

enum class ChangeKind { pushed, opened, merged, abandoned, released };

/// A commit of a change.
struct ChangeCommit {
  std::string commit = {};
  std::optional<Time> at = {};
};

/// change.observed@1: commits that came into a repository, or a version that was cut.
struct ChangeObserved {
  Origin origin = {};
  std::string service = {};
  std::string project = {};
  ChangeKind kind = ChangeKind::pushed;
  std::string id = {};  // number of the pull request, name of the tag
  Time at = {};
  std::string version = {};
  std::string commit = {};  // the newest
  std::string ref = {};
  std::vector<ChangeCommit> commits = {};
  std::string url = {};
};
/// Commits kept of one change; the rest are in the raw body.
inline constexpr size_t kChangeCommitsMax = 1000;

enum class IncidentStatus { opened, acknowledged, resolved };

/// incident.observed@1.
struct IncidentObserved {
  Origin origin = {};
  std::string service = {};
  std::string environment = {};
  std::string project = {};             // the sender's name for the service
  std::string sender_environment = {};  // as the sender names it
  std::string id = {};
  IncidentStatus status = IncidentStatus::opened;
  Time at = {};
  std::string severity = {};
  std::string title = {};
  std::string caused_by = {};  // version, commit or deployment id
  std::string url = {};
};

enum class ApprovalDecision { requested, approved, rejected };

/// approval.observed@1: somebody decided in the sender's own system.
struct ApprovalObserved {
  Origin origin = {};
  std::string service = {};
  std::string environment = {};
  std::string project = {};
  std::string sender_environment = {};
  std::string id = {};  // what was decided about: a run, a job, a deployment
  ApprovalDecision decision = ApprovalDecision::requested;
  Time at = {};
  std::string commit = {};
  std::string by = {};
  std::string url = {};
};

enum class AlertStatus { firing, resolved, no_data };

/// alert.observed@1: an alert of another system changed its state.
struct AlertObserved {
  Origin origin = {};
  std::string service = {};
  std::string environment = {};
  std::string project = {};             // the sender's name for the service
  std::string sender_environment = {};  // as the sender names it
  std::string id = {};                  // fingerprint; the same for the same alert
  std::string name = {};
  AlertStatus status = AlertStatus::firing;
  Time at = {};       // of the change
  Time started = {};  // tells one firing from the next
  std::string severity = {};
  std::map<std::string, std::string> labels = {};
  std::string url = {};
};
/// Labels kept of one alert.
inline constexpr size_t kAlertLabelsMax = 64;

/// question.received@1: a sender asks whether a release may go, and wants the answer sent back.
struct QuestionReceived {
  Origin origin = {};
  GateRequest request = {};
  std::string project = {};
  std::string sender_environment = {};
  std::string id = {};                             // the sender's name for what waits
  std::map<std::string, std::string> answer = {};  // where and how to answer, as the sender asks
  Time at = {};
};

using Observation =
    std::variant<DeploymentObserved, PipelineObserved, ChangeObserved, IncidentObserved,
                 ApprovalObserved, AlertObserved, QuestionReceived>;

}  // namespace tollgate::model

namespace tollgate::reflect {

/// Bounds of what senders may write into a record.
inline constexpr size_t kObservedNameMax = 300;
inline constexpr size_t kObservedUrlMax = 2000;

template <>
struct EnumNames<model::Assurance> {
  static constexpr std::array<std::string_view, 4> names = {"told", "token", "signature",
                                                            "confirmed"};
};
template <>
struct Reflect<model::Origin> {
  static constexpr std::string_view name = "Origin";
  static constexpr std::array fields = {
      field<&model::Origin::integration>("integration", "Integration that it came through.",
                                         {.size_max = kObservedNameMax}),
      field<&model::Origin::sender>("sender", "Kind of sender.", {.size_max = kObservedNameMax}),
      field<&model::Origin::event>("event", "Event, as the sender names it.",
                                   {.size_max = kObservedNameMax}),
      field<&model::Origin::delivery>("delivery", "The sender's name for this delivery.",
                                      {.size_max = kObservedNameMax}),
      field<&model::Origin::body>("body", "Digest of the bytes as they came."),
      field<&model::Origin::assurance>("assurance", "Why it is believed."),
      field<&model::Origin::unconfirmed>("unconfirmed", "Why it is not believed so far.",
                                         {.size_max = 500}),
      field<&model::Origin::confirms>("confirms", "Position of the record that it confirms.",
                                      {.min = 0})};
};
template <>
struct EnumNames<model::DeploymentStatus> {
  static constexpr std::array<std::string_view, 5> names = {"pending", "running", "succeeded",
                                                            "failed", "canceled"};
};
template <>
struct EnumNames<model::DeploymentKind> {
  static constexpr std::array<std::string_view, 7> names = {
      "planned", "emergency", "hotfix", "rollback", "rollforward", "config", "redeploy"};
};
template <>
struct Reflect<model::DeploymentObserved> {
  using T = model::DeploymentObserved;
  static constexpr std::string_view name = "deployment.observed";
  static constexpr std::array fields = {
      field<&T::origin>("origin", "Where it comes from."),
      field<&T::service>("service", "Service.", {.is_required = true, .size_max = 200}),
      field<&T::environment>("environment", "Environment.", {.is_required = true, .size_max = 200}),
      field<&T::project>("project", "What is built, as the sender names it.",
                         {.size_max = kObservedNameMax}),
      field<&T::sender_environment>("sender_environment", "Environment, as the sender names it.",
                                    {.size_max = kObservedNameMax}),
      field<&T::id>("id", "The sender's name for this deployment.",
                    {.is_required = true, .size_max = kObservedNameMax}),
      field<&T::run>("run", "What ties several steps together.", {.size_max = kObservedNameMax}),
      field<&T::region>("region", "Region or stage of it.", {.size_max = kObservedNameMax}),
      field<&T::status>("status", "What became of it."),
      field<&T::at>("at", "When, by the sender's clock."),
      field<&T::started>("started", "When it started, by the sender's clock."),
      field<&T::version>("version", "Version.", {.size_max = 200}),
      field<&T::commit>("commit", "Commit.", {.size_max = 200}),
      field<&T::ref>("ref", "Branch or tag.", {.size_max = kObservedNameMax}),
      field<&T::artifact>("artifact", "Artifact, by digest.", {.size_max = 1000}),
      field<&T::kind>("kind", "Why it was made, if told."),
      field<&T::took_traffic>("took_traffic", "Whether users met it, if told."),
      field<&T::incident>("incident", "Incident that it belongs to.",
                          {.size_max = kObservedNameMax}),
      field<&T::by>("by", "Login of who started it.", {.size_max = kObservedNameMax}),
      field<&T::url>("url", "Page about it.", {.size_max = kObservedUrlMax})};
};
template <>
struct EnumNames<model::RunStatus> {
  static constexpr std::array<std::string_view, 6> names = {"pending", "running",  "succeeded",
                                                            "failed",  "canceled", "skipped"};
};
template <>
struct Reflect<model::PipelineObserved> {
  using T = model::PipelineObserved;
  static constexpr std::string_view name = "pipeline.observed";
  static constexpr std::array fields = {
      field<&T::origin>("origin", "Where it comes from."),
      field<&T::service>("service", "Service.", {.size_max = 200}),
      field<&T::project>("project", "What is built, as the sender names it.",
                         {.size_max = kObservedNameMax}),
      field<&T::id>("id", "The sender's name for this run.",
                    {.is_required = true, .size_max = kObservedNameMax}),
      field<&T::attempt>("attempt", "Which try of it.", {.min = 0}),
      field<&T::name>("name", "Pipeline, workflow or job.", {.size_max = kObservedNameMax}),
      field<&T::status>("status", "What became of it."),
      field<&T::at>("at", "When, by the sender's clock."),
      field<&T::started>("started", "When it started."),
      field<&T::ended>("ended", "When it ended."),
      field<&T::commit>("commit", "Commit that it ran on.", {.size_max = 200}),
      field<&T::ref>("ref", "Branch or tag.", {.size_max = kObservedNameMax}),
      field<&T::url>("url", "Page about it.", {.size_max = kObservedUrlMax})};
};
template <>
struct EnumNames<model::ChangeKind> {
  static constexpr std::array<std::string_view, 5> names = {"pushed", "opened", "merged",
                                                            "abandoned", "released"};
};
template <>
struct Reflect<model::ChangeCommit> {
  static constexpr std::string_view name = "ChangeCommit";
  static constexpr std::array fields = {
      field<&model::ChangeCommit::commit>("commit", "Commit.",
                                          {.is_required = true, .size_max = 200}),
      field<&model::ChangeCommit::at>("at", "When it was committed.")};
};
template <>
struct Reflect<model::ChangeObserved> {
  using T = model::ChangeObserved;
  static constexpr std::string_view name = "change.observed";
  static constexpr std::array fields = {
      field<&T::origin>("origin", "Where it comes from."),
      field<&T::service>("service", "Service.", {.size_max = 200}),
      field<&T::project>("project", "Repository, as the sender names it.",
                         {.size_max = kObservedNameMax}),
      field<&T::kind>("kind", "What happened."),
      field<&T::id>("id", "Number of the change, or name of the tag.",
                    {.size_max = kObservedNameMax}),
      field<&T::at>("at", "When, by the sender's clock."),
      field<&T::version>("version", "Version that was cut.", {.size_max = 200}),
      field<&T::commit>("commit", "Newest commit.", {.size_max = 200}),
      field<&T::ref>("ref", "Branch or tag.", {.size_max = kObservedNameMax}),
      field<&T::commits>("commits", "Its commits.", {.size_max = model::kChangeCommitsMax}),
      field<&T::url>("url", "Page about it.", {.size_max = kObservedUrlMax})};
};
template <>
struct EnumNames<model::IncidentStatus> {
  static constexpr std::array<std::string_view, 3> names = {"opened", "acknowledged", "resolved"};
};
template <>
struct Reflect<model::IncidentObserved> {
  using T = model::IncidentObserved;
  static constexpr std::string_view name = "incident.observed";
  static constexpr std::array fields = {
      field<&T::origin>("origin", "Where it comes from."),
      field<&T::service>("service", "Service that it hurts.", {.size_max = 200}),
      field<&T::environment>("environment", "Where it hurts.", {.size_max = 200}),
      field<&T::project>("project", "Service, as the sender names it.",
                         {.size_max = kObservedNameMax}),
      field<&T::sender_environment>("sender_environment", "Environment, as the sender names it.",
                                    {.size_max = kObservedNameMax}),
      field<&T::id>("id", "The sender's name for it.",
                    {.is_required = true, .size_max = kObservedNameMax}),
      field<&T::status>("status", "Where it stands."),
      field<&T::at>("at", "When, by the sender's clock."),
      field<&T::severity>("severity", "Severity, as the sender says.",
                          {.size_max = kObservedNameMax}),
      field<&T::title>("title", "What it is about.", {.size_max = 500}),
      field<&T::caused_by>("caused_by", "Version, commit or deployment that caused it.",
                           {.size_max = kObservedNameMax}),
      field<&T::url>("url", "Page about it.", {.size_max = kObservedUrlMax})};
};
template <>
struct EnumNames<model::ApprovalDecision> {
  static constexpr std::array<std::string_view, 3> names = {"requested", "approved", "rejected"};
};
template <>
struct Reflect<model::ApprovalObserved> {
  using T = model::ApprovalObserved;
  static constexpr std::string_view name = "approval.observed";
  static constexpr std::array fields = {
      field<&T::origin>("origin", "Where it comes from."),
      field<&T::service>("service", "Service.", {.size_max = 200}),
      field<&T::environment>("environment", "Environment.", {.size_max = 200}),
      field<&T::project>("project", "What is built, as the sender names it.",
                         {.size_max = kObservedNameMax}),
      field<&T::sender_environment>("sender_environment", "Environment, as the sender names it.",
                                    {.size_max = kObservedNameMax}),
      field<&T::id>("id", "Run, job or deployment that it is about.",
                    {.is_required = true, .size_max = kObservedNameMax}),
      field<&T::decision>("decision", "What was decided."),
      field<&T::at>("at", "When, by the sender's clock."),
      field<&T::commit>("commit", "Commit.", {.size_max = 200}),
      field<&T::by>("by", "Login of who decided.", {.size_max = kObservedNameMax}),
      field<&T::url>("url", "Page about it.", {.size_max = kObservedUrlMax})};
};
template <>
struct EnumNames<model::AlertStatus> {
  static constexpr std::array<std::string_view, 3> names = {"firing", "resolved", "no_data"};
};
template <>
struct Reflect<model::AlertObserved> {
  using T = model::AlertObserved;
  static constexpr std::string_view name = "alert.observed";
  static constexpr std::array fields = {
      field<&T::origin>("origin", "Where it comes from."),
      field<&T::service>("service", "Service that it is about.", {.size_max = 200}),
      field<&T::environment>("environment", "Where.", {.size_max = 200}),
      field<&T::project>("project", "Service, as the sender names it.",
                         {.size_max = kObservedNameMax}),
      field<&T::sender_environment>("sender_environment", "Environment, as the sender names it.",
                                    {.size_max = kObservedNameMax}),
      field<&T::id>("id", "Fingerprint of the alert.",
                    {.is_required = true, .size_max = kObservedNameMax}),
      field<&T::name>("name", "Name of the rule.", {.size_max = kObservedNameMax}),
      field<&T::status>("status", "Its state."),
      field<&T::at>("at", "When its state changed."),
      field<&T::started>("started", "When this firing began."),
      field<&T::severity>("severity", "Severity, as the sender says.",
                          {.size_max = kObservedNameMax}),
      field<&T::labels>("labels", "Labels of the alert.", {.size_max = model::kAlertLabelsMax}),
      field<&T::url>("url", "Page about it.", {.size_max = kObservedUrlMax})};
};
template <>
struct Reflect<model::QuestionReceived> {
  using T = model::QuestionReceived;
  static constexpr std::string_view name = "question.received";
  static constexpr std::array fields = {
      field<&T::origin>("origin", "Where it comes from."),
      field<&T::request>("request", "What is asked."),
      field<&T::project>("project", "What is built, as the sender names it.",
                         {.size_max = kObservedNameMax}),
      field<&T::sender_environment>("sender_environment", "Environment, as the sender names it.",
                                    {.size_max = kObservedNameMax}),
      field<&T::id>("id", "The sender's name for what waits.",
                    {.is_required = true, .size_max = kObservedNameMax}),
      field<&T::answer>("answer", "Where and how to answer.", {.size_max = 20}),
      field<&T::at>("at", "When, by the sender's clock.")};
};

}  // namespace tollgate::reflect
