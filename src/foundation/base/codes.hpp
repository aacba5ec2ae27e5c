// The numbers of all errors. Never reuse or renumber one: scripts and documents refer to them.
// 00xx internal · 01xx usage · 02xx documents and policy · 03xx evidence · 04xx signals · 05xx
// ledger and store 06xx gate and engine · 07xx network, API, identity · 08xx webhooks. Titles and
// advice: error_catalogue.cpp.
#pragma once

#include "foundation/base/error.hpp"

namespace tollgate::codes {

// 00xx internal
inline constexpr Code internal{1}, io_failed{2}, limit_exceeded{3};
// 01xx usage
inline constexpr Code bad_usage{101}, unknown_name{102}, not_found{103}, bad_time{104},
    bad_duration{105}, bad_number{106}, needs_confirmation{107}, timed_out{108};
// 02xx documents and policy
inline constexpr Code syntax{201}, duplicate_key{202}, too_deep{203}, too_large{204},
    alias_limit{205}, wrong_type{210}, unknown_field{211}, missing_field{212}, bad_value{213},
    unknown_kind{214}, unknown_reference{215}, duplicate_name{216}, unsupported_version{217},
    field_conflict{218}, no_policy{219}, check_found_problems{220}, not_portable{230},
    unreachable_alert{231}, no_owner{232}, no_objective{233}, slice_too_short{234}, fails_open{235},
    no_gate{236};
// 03xx evidence
inline constexpr Code unknown_format{301}, bad_report{302}, xml_forbidden{303};
// 04xx signals
inline constexpr Code bad_log_line{401}, source_failed{402}, unknown_slo{403}, no_data{404},
    bad_query{405};
// 05xx ledger and store
inline constexpr Code store_failed{501}, store_locked{502}, log_regression{503},
    append_conflict{504}, idempotency_conflict{505}, proof_invalid{506}, bad_signature{507},
    bad_ledger_file{508}, disk_full{509}, unknown_event{510}, replay_differs{511},
    blob_missing{512};
// 06xx gate and engine
inline constexpr Code queue_full{601}, stopped{602}, unknown_service{603}, unknown_environment{604},
    unknown_check{605}, thin_evidence{606}, stale_token{607};
// 07xx network, API, identity
inline constexpr Code unreachable{701}, bad_request{702}, unauthenticated{703}, forbidden{704},
    precondition_failed{705}, precondition_required{706}, body_too_large{707}, no_route{708},
    bad_method{709}, tls_failed{710}, bad_response{711}, unsupported_media{712},
    too_many_requests{713}, slow_request{714}, head_too_large{715};
// 08xx webhooks
inline constexpr Code bad_webhook{801}, unknown_sender{802}, webhook_refused{803},
    stale_webhook{804}, contradicted{805}, rate_limited{806};

// 09xx assurance
inline constexpr Code deploy_without_gate{901}, publish_without_gate{902}, gate_ignored{903},
    person_only{904}, unreadable_pipeline{905}, allowance_expired{906}, allowance_unused{907},
    unknown_checkout{908};

}  // namespace tollgate::codes
