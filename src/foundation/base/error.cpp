#include "foundation/base/error.hpp"

#include "foundation/base/assert.hpp"

#include <algorithm>

namespace tollgate {

std::string code_text(Code code) { return fmt::format("TG{:04}", static_cast<int>(code)); }

std::string Error::text() const {
  std::string place = file;
  if (mark.line > 0) {
    place += fmt::format("{}{}:{}", place.empty() ? "" : ":", mark.line, mark.column);
  }
  std::string where = field.empty() ? "" : fmt::format(" (at {})", field);
  std::string advice = help.empty() ? "" : fmt::format("; {}", help);
  return fmt::format("{}{}error[{}]: {}{}{}", place, place.empty() ? "" : ": ", code_text(code),
                     message, where, advice);
}

const CodeInfo& code_info(Code code) {
  const auto& catalogue = code_catalogue();
  const auto row =
      std::lower_bound(catalogue.begin(), catalogue.end(), code,
                       [](const CodeInfo& info, Code wanted) { return info.code < wanted; });
  ASSERT(row != catalogue.end() && row->code == code);
  return *row;
}

}  // namespace tollgate
