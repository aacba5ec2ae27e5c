// What a house knows of its sources of signals, put together from the policy, the cells, the
// intake, the visits of exporters, the followed logs and the answers of metrics servers.
#pragma once

#include "app/api/source_desk.hpp"
#include "app/wiring/data_sources.hpp"
#include "app/wiring/signal_intake.hpp"
#include "edge/cells/cell_store.hpp"
#include "engine/ports/http_client.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace tollgate::wiring {

class HouseSources : public api::SourceDesk {
 public:
  struct Parts {
    engine::Engine& engine;
    cells::CellStore& cells;
    PolicySources& signals;
    SignalIntake& intake;
    engine::HttpClient& http;
  };
  /// All parts outlive it.
  explicit HouseSources(const Parts& parts) : parts_(parts) {}

  std::vector<render::SourceReport> list() override;
  Result<render::SourceReport> find(const std::string& name) override;
  Result<render::SourceTest> test(const std::string& name) override;
  Result<engine::QuarantineAnswer> quarantine(const model::SourceQuarantined& quarantined,
                                              const engine::Caller& caller) override;
  Result<engine::QuarantineAnswer> release(const model::SourceReleased& released,
                                           const engine::Caller& caller) override;
  Problems check(const model::Bundle& bundle) override;
  Result<render::SloRevisions> revisions(const std::string& slo) override;

 private:
  /// Everything of one source, before it is judged.
  struct Known {
    render::SourceReport report;
    const model::DataSource* declared = nullptr;   // of the policy; null: it only pushes
    Duration quiet = {};                           // since when it last brought or answered
    std::string dead = {};                         // why nothing can ever come from it
    std::string_view remedy = {};                  // what to do about that
    bool is_import = false;                        // files, which come when they come
    std::set<std::string, std::less<>> slos = {};  // those of the report, to find them by

    void add_slo(const std::string& slo) {
      if (slos.insert(slo).second) report.slos.push_back(slo);
    }
  };
  using Table = std::map<std::string, Known>;

  Table gather(const model::Bundle& bundle, Time now) const;
  void add_declared(const model::Bundle& bundle, Table& table) const;
  void add_uses(const model::Bundle& bundle, Table& table) const;
  void add_pushed(Table& table, Time now) const;
  void add_targets(Table& table) const;
  void add_answers(Table& table) const;
  void judge(Known& known, Time now) const;
  Result<void> check_known(const std::string& name) const;
  render::SourceTest test_pulled(const Known& known, const model::Bundle& bundle) const;
  render::SourceTest test_targets(const Known& known) const;

  const Parts parts_;
};

}  // namespace tollgate::wiring
