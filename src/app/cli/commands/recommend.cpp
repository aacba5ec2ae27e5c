// tollgate slo recommend: a target for a delivery figure, from history and from what failures cost.
#include "app/render/recommend.hpp"

#include "app/cli/ask/deliveries.hpp"
#include "app/cli/exit_codes.hpp"
#include "app/cli/invocation.hpp"

namespace tollgate::cli {
namespace {

using doc::Node;

Result<int> run_recommend(Invocation& call) {
  render::RecommendQuery query{
      .service = call.value(0), .environment = call.text("env"), .figure = call.text("figure")};
  TOLLGATE_TRY(query.window, call.duration("window"));
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer, ask::recommend(*backend, query));
  call.print(answer, [&answer] { return render::recommend_text(answer); });
  return kExitDone;
}

}  // namespace

extern const CommandDef slo_recommend_command = {
    .name = "slo recommend",
    .group = Group::signals,
    .summary = "Propose a target for a delivery figure from its history, with the arithmetic.",
    .doc =
        "The target is what the history surely kept: the lower end of its 95 % interval. With a "
        "tier's costPerMinute the cost of the failures is shown, now and with the budget spent. "
        "-o yaml has the SLO to put into the policy under `slo`.",
    .examples =
        "tollgate slo recommend checkout --figure change-failure-rate --env production\n"
        "tollgate slo recommend checkout --figure \"lead-time <= 2d\" --window 180d",
    .arguments = {{.name = "SERVICE", .doc = "The service."}},
    .options = {{.name = "figure",
                 .value = "FIGURE",
                 .doc = "Delivery figure, with its limit if it is about spans.",
                 .otherwise = "change-failure-rate"},
                {.name = "env", .value = "NAME", .doc = "Environment.", .is_setting = true},
                {.name = "window",
                 .value = "SPAN",
                 .doc = "History to look at, and window of the SLO.",
                 .otherwise = "90d"}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .only_reads = true,
    .run = run_recommend,
};

}  // namespace tollgate::cli
