// The catalogue of commands, sorted by name, and the options that they share. One line each.
#include "app/cli/command.hpp"

#include <array>

namespace tollgate::cli {

extern const CommandDef access_token_create_command;
extern const CommandDef access_token_list_command;
extern const CommandDef access_token_revoke_command;
extern const CommandDef alert_backtest_command;
extern const CommandDef alert_list_command;
extern const CommandDef alert_test_command;
extern const CommandDef alert_tune_command;
extern const CommandDef apply_command;
extern const CommandDef audit_bypasses_command;
extern const CommandDef audit_list_command;
extern const CommandDef audit_pipelines_command;
extern const CommandDef audit_run_command;
extern const CommandDef calendar_add_command;
extern const CommandDef calendar_approve_command;
extern const CommandDef calendar_cancel_command;
extern const CommandDef calendar_check_command;
extern const CommandDef calendar_days_command;
extern const CommandDef calendar_expand_command;
extern const CommandDef calendar_export_command;
extern const CommandDef calendar_import_command;
extern const CommandDef calendar_imports_command;
extern const CommandDef calendar_list_command;
extern const CommandDef check_command;
extern const CommandDef complete_command;
extern const CommandDef completion_command;
extern const CommandDef deployment_list_command;
extern const CommandDef dora_command;
extern const CommandDef explain_command;
extern const CommandDef gate_command;
extern const CommandDef get_command;
extern const CommandDef help_command;
extern const CommandDef hook_deliver_command;
extern const CommandDef hook_list_command;
extern const CommandDef hook_redeliver_command;
extern const CommandDef hook_senders_command;
extern const CommandDef hook_targets_command;
extern const CommandDef hook_test_command;
extern const CommandDef hook_translate_command;
extern const CommandDef hook_unconfirmed_command;
extern const CommandDef hook_verify_command;
extern const CommandDef init_command;
extern const CommandDef ledger_export_command;
extern const CommandDef ledger_head_command;
extern const CommandDef ledger_prove_command;
extern const CommandDef ledger_replay_command;
extern const CommandDef ledger_verify_command;
extern const CommandDef plan_command;
extern const CommandDef queue_heartbeat_command;
extern const CommandDef queue_join_command;
extern const CommandDef queue_leave_command;
extern const CommandDef queue_list_command;
extern const CommandDef queue_move_command;
extern const CommandDef queue_slot_command;
extern const CommandDef record_command;
extern const CommandDef record_backfill_command;
extern const CommandDef record_change_command;
extern const CommandDef record_deployment_command;
extern const CommandDef record_incident_command;
extern const CommandDef release_command;
extern const CommandDef serve_command;
extern const CommandDef signal_import_command;
extern const CommandDef signal_otlp_command;
extern const CommandDef signal_push_command;
extern const CommandDef slo_budget_command;
extern const CommandDef slo_burn_command;
extern const CommandDef slo_latency_command;
extern const CommandDef slo_recommend_command;
extern const CommandDef slo_revisions_command;
extern const CommandDef slo_rules_command;
extern const CommandDef source_lag_command;
extern const CommandDef source_list_command;
extern const CommandDef source_quarantine_command;
extern const CommandDef source_release_command;
extern const CommandDef source_test_command;
extern const CommandDef status_command;
extern const CommandDef version_command;
extern const CommandDef when_command;

namespace {

const std::array kCommands = {
    &complete_command,             //
    &access_token_create_command,  //
    &access_token_list_command,    //
    &access_token_revoke_command,  //
    &alert_backtest_command,       //
    &alert_list_command,           //
    &alert_test_command,           //
    &alert_tune_command,           //
    &apply_command,                //
    &audit_bypasses_command,       //
    &audit_list_command,           //
    &audit_pipelines_command,      //
    &audit_run_command,            //
    &calendar_add_command,         //
    &calendar_approve_command,     //
    &calendar_cancel_command,      //
    &calendar_check_command,       //
    &calendar_days_command,        //
    &calendar_expand_command,      //
    &calendar_export_command,      //
    &calendar_import_command,      //
    &calendar_imports_command,     //
    &calendar_list_command,        //
    &check_command,                //
    &completion_command,           //
    &deployment_list_command,      //
    &dora_command,                 //
    &explain_command,              //
    &gate_command,                 //
    &get_command,                  //
    &help_command,                 //
    &hook_deliver_command,         //
    &hook_list_command,            //
    &hook_redeliver_command,       //
    &hook_senders_command,         //
    &hook_targets_command,         //
    &hook_test_command,            //
    &hook_translate_command,       //
    &hook_unconfirmed_command,     //
    &hook_verify_command,          //
    &init_command,                 //
    &ledger_export_command,        //
    &ledger_head_command,          //
    &ledger_prove_command,         //
    &ledger_replay_command,        //
    &ledger_verify_command,        //
    &plan_command,                 //
    &queue_heartbeat_command,      //
    &queue_join_command,           //
    &queue_leave_command,          //
    &queue_list_command,           //
    &queue_move_command,           //
    &queue_slot_command,           //
    &record_command,               //
    &record_backfill_command,      //
    &record_change_command,        //
    &record_deployment_command,    //
    &record_incident_command,      //
    &release_command,              //
    &serve_command,                //
    &signal_import_command,        //
    &signal_otlp_command,          //
    &signal_push_command,          //
    &slo_budget_command,           //
    &slo_burn_command,             //
    &slo_latency_command,          //
    &slo_recommend_command,        //
    &slo_revisions_command,        //
    &slo_rules_command,            //
    &source_lag_command,           //
    &source_list_command,          //
    &source_quarantine_command,    //
    &source_release_command,       //
    &source_test_command,          //
    &status_command,               //
    &version_command,              //
    &when_command,                 //
};

}  // namespace

std::span<const CommandDef* const> all_commands() { return kCommands; }

namespace {

constexpr OptionDef kOutput = {
    .name = "output",
    .value = "FORMAT",
    .doc = "Form of the answer; table on a terminal, plain (tab-separated) in a pipe.",
    .letter = 'o',
    .is_setting = true};
constexpr OptionDef kColor = {.name = "color",
                              .value = "WHEN",
                              .doc = "Colour; NO_COLOR and CLICOLOR_FORCE count too.",
                              .otherwise = "auto",
                              .choices = "auto|always|never",
                              .is_setting = true};
constexpr OptionDef kQuiet = {
    .name = "quiet", .doc = "No remarks on standard error.", .letter = 'q'};

}  // namespace

std::span<const OptionDef> common_options(Common common) {
  static const std::array<OptionDef, 8> options = {{
      kOutput,
      kColor,
      kQuiet,
      {.name = "server",
       .value = "URL",
       .doc = "Ask this server; without it everything happens in this process (local mode).",
       .is_setting = true},
      {.name = "policy",
       .value = "DIR",
       .doc = "Local mode: folder of the policies.",
       .otherwise = ".tollgate",
       .is_setting = true},
      {.name = "data-dir",
       .value = "DIR",
       .doc = "Local mode: where ledger and signals are kept. Default: .tollgate/data.",
       .is_setting = true},
      {.name = "ca-file",
       .value = "FILE",
       .doc = "Certificates (PEM) to trust instead of the system's.",
       .is_setting = true},
      {.name = "idempotency-key",
       .value = "KEY",
       .doc = "A repeat with the same key gets the first answer; records nothing twice."},
  }};
  const std::span<const OptionDef> all = options;
  switch (common) {
    case Common::none:
      return {};
    case Common::output:
      return all.first(3);
    case Common::backend:
      break;
  }
  return all;
}

}  // namespace tollgate::cli
