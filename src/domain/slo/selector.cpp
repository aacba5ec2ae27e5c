#include "domain/slo/selector.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <array>

namespace tollgate::slo {
namespace {

constexpr std::string_view kNameLabel = "__name__";
constexpr int kDepthMax = 20;
constexpr std::array<std::string_view, 4> kFunctions = {"histogram_count", "increase", "rate",
                                                        "sum"};

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}
bool is_name(char c) { return is_name_start(c) || (c >= '0' && c <= '9'); }

class Parser {
 public:
  explicit Parser(std::string_view query) : query_(query) {}

  Result<std::vector<Selector>> parse() {
    TOLLGATE_CHECK(sum(0));
    skip_blanks();
    if (at_ != query_.size()) return error("nothing more can stand here");
    return std::move(selectors_);
  }

 private:
  tl::unexpected<Error> error(std::string_view what) const {
    return fail(codes::bad_query, "the query `{}` cannot be counted: at character {}: {}", query_,
                at_ + 1, what);
  }
  void skip_blanks() {
    while (at_ < query_.size() &&
           std::string_view(" \t\r\n").find(query_[at_]) != std::string::npos)
      ++at_;
  }
  bool take(char c) {
    skip_blanks();
    if (at_ == query_.size() || query_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::string_view name() {
    skip_blanks();
    const size_t from = at_;
    if (at_ < query_.size() && is_name_start(query_[at_])) {
      while (at_ < query_.size() && is_name(query_[at_])) ++at_;
    }
    return query_.substr(from, at_ - from);
  }

  Result<void> sum(int depth) {
    if (depth > kDepthMax) return error("brackets are nested too deeply");
    TOLLGATE_CHECK(term(depth));
    while (take('+')) TOLLGATE_CHECK(term(depth));
    return {};
  }

  Result<void> term(int depth) {
    if (take('(')) {
      TOLLGATE_CHECK(sum(depth + 1));
      if (!take(')')) return error("a closing bracket is missing");
      return {};
    }
    const size_t from = at_;
    const std::string_view word = name();
    skip_blanks();
    const bool is_call = !word.empty() && at_ < query_.size() && query_[at_] == '(';
    if (is_call) return call(word, depth);
    if (word == "sum") {
      return error("only the plain sum(...) counts one figure; \"by\" and \"without\" give many");
    }
    at_ = from;
    return selector();
  }

  Result<void> call(std::string_view function, int depth) {
    bool is_known = false;
    for (const std::string_view known : kFunctions) is_known = is_known || known == function;
    if (!is_known) {
      return error(
          fmt::format("the function {} cannot be counted; sum, rate and increase can", function));
    }
    take('(');
    TOLLGATE_CHECK(sum(depth + 1));
    if (!take(')')) return error("a closing bracket is missing");
    skip_blanks();
    return {};
  }

  Result<void> selector() {
    if (selectors_.size() >= kSelectorsMax) return error("there are too many selectors");
    Selector selector;
    if (const std::string_view metric = name(); !metric.empty())
      selector.matchers.push_back({std::string(kNameLabel), MatchOp::equal, std::string(metric)});
    if (take('{')) TOLLGATE_CHECK(matchers(selector));
    if (selector.matchers.empty()) return error("a series selector is expected");
    bool says_something = false;
    for (const Matcher& matcher : selector.matchers)
      says_something = says_something || (matcher.op == MatchOp::equal && !matcher.value.empty()) ||
                       matcher.op == MatchOp::matches;
    if (!says_something) return error("a selector must demand the value of at least one label");
    if (take('[')) TOLLGATE_CHECK(range());
    selectors_.push_back(std::move(selector));
    return {};
  }

  /// "[5m]", "[{{.window}}]", "[$__range]".
  Result<void> range() {
    const size_t end = query_.find(']', at_);
    if (end == std::string_view::npos) return error("the range is not closed");
    at_ = end + 1;
    return {};
  }

  Result<void> matchers(Selector& selector) {
    while (!take('}')) {
      if (selector.matchers.size() >= kMatchersMax) return error("there are too many conditions");
      TOLLGATE_CHECK(matcher(selector));
      if (take(',')) continue;
      if (!take('}')) return error("a comma or } is expected");
      break;
    }
    return {};
  }

  Result<void> matcher(Selector& selector) {
    Matcher matcher;
    skip_blanks();
    if (at_ < query_.size() && (query_[at_] == '"' || query_[at_] == '\'')) {
      TOLLGATE_TRY(matcher.label, text());
      skip_blanks();
      if (at_ < query_.size() && (query_[at_] == ',' || query_[at_] == '}')) {
        // {"http.requests"}: the metric's name in quotes.
        selector.matchers.push_back({std::string(kNameLabel), MatchOp::equal, matcher.label});
        return {};
      }
    } else {
      matcher.label = name();
    }
    if (matcher.label.empty()) return error("the name of a label is expected");
    TOLLGATE_TRY(matcher.op, match_op());
    TOLLGATE_TRY(matcher.value, text());
    selector.matchers.push_back(std::move(matcher));
    return {};
  }

  Result<MatchOp> match_op() {
    skip_blanks();
    const std::string_view rest = query_.substr(at_);
    MatchOp op = MatchOp::equal;
    size_t size = 2;
    if (rest.starts_with("=~")) {
      op = MatchOp::matches;
    } else if (rest.starts_with("!~")) {
      op = MatchOp::not_matches;
    } else if (rest.starts_with("!=")) {
      op = MatchOp::not_equal;
    } else if (rest.starts_with("=")) {
      size = 1;
    } else {
      return error("one of = != =~ !~ is expected");
    }
    at_ += size;
    return op;
  }

  /// A text in "", '' (with escapes) or ``.
  Result<std::string> text() {
    skip_blanks();
    const char quote = at_ < query_.size() ? query_[at_] : ' ';
    if (quote != '"' && quote != '\'' && quote != '`') return error("a text in quotes is expected");
    ++at_;
    std::string out;
    while (at_ < query_.size() && query_[at_] != quote) {
      if (query_[at_] == '\\' && quote != '`') {
        TOLLGATE_CHECK(escape(out));
        continue;
      }
      out += query_[at_++];
    }
    if (at_ == query_.size()) return error("the text is not closed");
    ++at_;
    return out;
  }

  Result<void> escape(std::string& out) {
    constexpr std::string_view kLetters = "nrtabfv\\\"'";
    constexpr std::string_view kMeanings = "\n\r\t\a\b\f\v\\\"'";
    const char letter = at_ + 1 < query_.size() ? query_[at_ + 1] : ' ';
    const size_t found = kLetters.find(letter);
    if (found == std::string_view::npos)
      return error("this escape is unknown; write a backslash twice");
    out += kMeanings[found];
    at_ += 2;
    return {};
  }

  std::string_view query_;
  size_t at_ = 0;
  std::vector<Selector> selectors_;
};

}  // namespace

std::string_view Selector::metric_name() const {
  for (const Matcher& matcher : matchers) {
    if (matcher.label == kNameLabel && matcher.op == MatchOp::equal) return matcher.value;
  }
  return {};
}

Result<std::vector<Selector>> parse_series_query(std::string_view query) {
  return Parser(query).parse();
}

}  // namespace tollgate::slo
