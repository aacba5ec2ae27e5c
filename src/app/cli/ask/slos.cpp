#include "app/cli/ask/slos.hpp"

#include "app/render/answers.hpp"

namespace tollgate::cli::ask {

using doc::Node;

namespace {

Result<Node> ask_server(Remote& remote, const SloQuestion& asked, std::string_view what) {
  TOLLGATE_TRY(const std::string address, slo_address(asked.slo));
  return remote.get(fmt::format("/v1/slos/{}/{}", address, what) +
                    query_of({{"environment", asked.environment},
                              {"track", asked.part.track},
                              {"version", asked.part.version},
                              {"group", asked.part.group},
                              {"at", time_parameter(asked.at)}}));
}

}  // namespace

Result<Node> budget(Backend& backend, const SloQuestion& asked) {
  if (Remote* const remote = backend.remote()) return ask_server(*remote, asked, "budget");
  TOLLGATE_TRY(engine::Engine* const engine, backend.local().governed());
  TOLLGATE_TRY(
      const engine::BudgetAnswer answer,
      engine->budget(asked.slo, asked.environment, asked.at, engine::WithPace::yes, asked.part));
  return render::budget_json(answer);
}

Result<Node> burn(Backend& backend, const SloQuestion& asked) {
  if (Remote* const remote = backend.remote()) return ask_server(*remote, asked, "burn");
  TOLLGATE_TRY(engine::Engine* const engine, backend.local().governed());
  TOLLGATE_TRY(const engine::BurnAnswer answer,
               engine->burn(asked.slo, asked.environment, asked.at, asked.part));
  return render::burn_json(answer, asked.environment);
}

}  // namespace tollgate::cli::ask
