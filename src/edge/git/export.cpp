#include "edge/git/export.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

namespace tollgate::git {
namespace {

tl::unexpected<Error> bad_line(std::string_view what, uint32_t line) {
  Error error{.code = codes::bad_value, .message = std::string(what)};
  error.mark = {.line = line, .column = 1};
  return fail(std::move(error));
}

/// Calls `take(cells, line number)` for each line that is not empty.
template <class Take>
Result<void> each_line(std::string_view text, Take take) {
  uint32_t number = 0;
  for (std::string_view line : split(text, '\n')) {
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    TOLLGATE_CHECK(take(split(line, '\t'), number));
  }
  return {};
}

Result<void> read_commits(std::string_view text, Commits& commits,
                          std::vector<std::string_view>& parents) {
  return each_line(
      text, [&](const std::vector<std::string_view>& cells, uint32_t line) -> Result<void> {
        if (cells.size() < 4)
          return bad_line("a commit needs hash, parents, author date, commit date", line);
        const std::optional<ObjectId> id = parse_id(cells[0]);
        const Result<Time> authored = parse_time(cells[2]);
        const Result<Time> committed = parse_time(cells[3]);
        if (!id) return bad_line("the hash of a commit has 40 hex digits", line);
        if (!authored || !committed) return bad_line("dates are RFC 3339", line);
        commits.add(*id, authored->ms / 1000, committed->ms / 1000,
                    cells.size() > 4 ? cells[4] : std::string_view());
        parents.push_back(cells[1]);
        return {};
      });
}

/// Links each commit to the parents that the export has.
Result<void> link(const std::vector<std::string_view>& parents, Commits& commits) {
  delivery::History& history = commits.history;
  for (size_t i = 0; i < parents.size(); ++i) {
    size_t count = 0;
    for (const std::string_view hex : split(parents[i], ' ')) {
      if (hex.empty()) continue;
      const std::optional<ObjectId> id = parse_id(hex);
      if (!id) return bad_line("the parents of a commit are hashes", static_cast<uint32_t>(i + 1));
      ++count;
      const uint32_t parent = commits.table.find(commits.ids, *id);
      if (parent != delivery::kNone) history.parents.push_back(parent);
      commits.is_cut = commits.is_cut || parent == delivery::kNone;
    }
    history.parent_begin.push_back(static_cast<uint32_t>(history.parents.size()));
    history.is_merge.push_back(count > 1);
  }
  return {};
}

}  // namespace

Result<Commits> parse_export(std::string_view commits_text, std::string_view tags_text) {
  Commits commits;
  std::vector<std::string_view> parents;
  TOLLGATE_CHECK(read_commits(commits_text, commits, parents));
  TOLLGATE_CHECK(link(parents, commits));
  const auto take_tag = [&commits](const std::vector<std::string_view>& cells,
                                   uint32_t line) -> Result<void> {
    if (cells.size() < 4) return bad_line("a tag needs name, date, peeled commit, object", line);
    const Result<Time> at = parse_time(cells[1]);
    const std::optional<ObjectId> id = parse_id(cells[2].empty() ? cells[3] : cells[2]);
    if (!at) return bad_line("dates are RFC 3339", line);
    if (!id) return bad_line("a tag points to a hash", line);
    commits.tags.push_back(
        {.name = std::string(cells[0]), .at = *at, .commit = commits.table.find(commits.ids, *id)});
    return {};
  };
  TOLLGATE_CHECK(each_line(tags_text, take_tag));
  return commits;
}

}  // namespace tollgate::git
