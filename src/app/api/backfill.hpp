// Fetching what happened while nobody listened: one page of a sender's past, mapped and recorded as
// its deliveries would be. Asking again changes nothing.
#pragma once

#include "edge/vendors/vendor.hpp"
#include "engine/engine.hpp"
#include "foundation/doc/node.hpp"

#include <optional>
#include <string>

namespace tollgate::api {

struct BackfillRequest {
  std::string project = {};
  std::optional<Time> since = {};
  std::optional<Time> until = {};  // none: now
  std::string cursor = {};
  bool is_dry_run = false;
};

/// {integration, project, found, recorded, known, dropped: [...], skipped: [...], next, wait_until,
/// requests}; `next` is the cursor of the next page, null behind the last one. Errors: not_found
/// for an unknown integration, missing_field, those of Apis::backfill and Engine::observe.
Result<doc::Node> backfill_page(engine::Engine& engine, vendors::Apis& apis,
                                const std::string& integration, const BackfillRequest& request,
                                const engine::Caller& caller);

}  // namespace tollgate::api

namespace tollgate::reflect {
template <>
struct Reflect<api::BackfillRequest> {
  using T = api::BackfillRequest;
  static constexpr std::string_view name = "BackfillRequest";
  static constexpr std::array fields = {
      field<&T::project>("project", "Project, as the sender names it.",
                         {.is_required = true, .size_max = 300}),
      field<&T::since>("since", "What happened from then on."),
      field<&T::until>("until", "What happened before."),
      field<&T::cursor>("cursor", "Where the page begins.", {.size_max = 200}),
      field<&T::is_dry_run>("dry_run", "Record nothing.")};
};
}  // namespace tollgate::reflect
