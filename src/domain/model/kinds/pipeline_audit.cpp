#include "domain/model/kinds/pipeline_audit.hpp"

namespace tollgate::model {

const KindDef& pipeline_audit_kind() {
  static constexpr KindDef kind = {
      .api_version = "tollgate/v1",
      .kind = "PipelineAudit",
      .plural = "pipelineaudits",
      .title = "What the audit of pipelines looks for, and what it lets pass for a while.",
      .doc =
          "`tollgate audit pipelines` finds steps that deploy or publish without asking a gate. "
          "Each allowance has a reason and an end; one that has ended, or that nothing needs any "
          "more, is a finding itself.",
      .introduced_in = "0.2",
      .example = R"(apiVersion: tollgate/v1
kind: PipelineAudit
metadata:
  name: pipelines
spec:
  accepts: [tollgate, environment, analysis]
  patterns:
    - what: our ship script
      where: command
      means: deploy
      matches: ops/ship\.sh
  allow:
    - file: .github/workflows/docs.yml
      job: pages
      reason: The manual is not a product; see decision 31.
      until: 2027-01-01T00:00:00Z
  owners:
    - file: "*"
      team: platform
)",
      .spec_type = &reflect::type_of<PipelineAudit>,
      .make = &make_spec<PipelineAudit>};
  return kind;
}

}  // namespace tollgate::model
