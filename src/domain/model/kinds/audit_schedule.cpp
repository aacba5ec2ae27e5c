#include "domain/model/kinds/audit_schedule.hpp"

namespace tollgate::model {

const KindDef& audit_schedule_kind() {
  static constexpr KindDef kind = {
      .api_version = "tollgate/v1",
      .kind = "AuditSchedule",
      .plural = "auditschedules",
      .title = "An audit that a server makes again and again.",
      .doc =
          "The server makes the audit when it is due and records it as `tollgate audit run` does. "
          "What was not found by the last one is told to the targets of its owner; when the last "
          "finding of a target has ended, that is told, too. When it is due follows from the "
          "ledger, so a restart neither repeats nor loses one.",
      .introduced_in = "0.2",
      .example = R"(apiVersion: tollgate/v1
kind: AuditSchedule
metadata:
  name: bypasses
spec:
  description: What was deployed without leave, every night.
  scope: deployments
  every: 24h
  window: 30d
)",
      .spec_type = &reflect::type_of<AuditSchedule>,
      .make = &make_spec<AuditSchedule>};
  return kind;
}

}  // namespace tollgate::model
