#include "edge/pipelines/shell.hpp"

#include "foundation/base/text.hpp"

#include <algorithm>
#include <array>

namespace tollgate::pipelines {
namespace {

/// Words that stand in front of the command they run.
bool is_prefix(std::string_view word) {
  constexpr std::array kWords = {"sudo", "time", "if",    "then", "else",  "elif", "do",
                                 "!",    "exec", "nohup", "env",  "while", "(",    "{"};
  if (std::find(kWords.begin(), kWords.end(), word) != kWords.end()) return true;
  const size_t equals = word.find('=');
  if (equals == 0 || equals == std::string_view::npos) return false;
  return std::all_of(word.begin(), word.begin() + static_cast<ptrdiff_t>(equals), [](char c) {
    return c == '_' || std::isalnum(static_cast<unsigned char>(c));
  });
}

std::string_view without_prefixes(std::string_view text) {
  text = trim(text);
  while (true) {
    const size_t end = std::min(text.find_first_of(" \t"), text.size());
    const std::string_view word = text.substr(0, end);
    // An assignment with quotes may hold spaces; then the rest is looked at as
    // it is.
    if (word.empty() || end == text.size() || !is_prefix(word)) return text;
    if (word.find('=') != std::string_view::npos && word.find_first_of("\"'$(") != word.npos)
      return text;
    text = trim(text.substr(end));
  }
}

bool only_prints(std::string_view command) {
  constexpr std::array<std::string_view, 5> kPrinters = {"echo ", "printf ", "print ", ": ", "#"};
  return std::any_of(kPrinters.begin(), kPrinters.end(),
                     [&](std::string_view word) { return command.starts_with(word); });
}

/// Walks over a script and cuts it at what ends a command.
class Cutter {
 public:
  explicit Cutter(std::string_view script) : script_(script) {}

  std::vector<Command> cut() {
    while (at_ < script_.size() && commands_.size() < kCommandsMax) step();
    end_command();
    return std::move(commands_);
  }

 private:
  char next() const { return at_ + 1 < script_.size() ? script_[at_ + 1] : '\0'; }

  void step() {
    const char c = script_[at_];
    if (c == '\\' && (next() == '\n' || next() == '\r')) {
      while (at_ < script_.size() && script_[at_] != '\n') ++at_;
      take(' ');
      ++line_;
    } else if (c == '\\') {
      take(c);
      if (at_ < script_.size()) take(script_[at_]);
    } else if (quote_ != '\0' && c != '\n') {
      // A text over several lines is cut at their ends: it may be a script for
      // another shell, and a lone apostrophe must not hide what follows.
      if (c == quote_) quote_ = '\0';
      take(c);
    } else if (c == '\'' || c == '"') {
      quote_ = c;
      take(c);
    } else if (c == '#' && (text_.empty() || text_.back() == ' ')) {
      while (at_ < script_.size() && script_[at_] != '\n') ++at_;
    } else {
      separator_or(c);
    }
  }

  void separator_or(char c) {
    const bool is_double = (c == '&' || c == '|') && next() == c;
    if (c == '\n' || c == ';' || is_double || (c == '|' && !text_.ends_with('>'))) {
      end_command();
      if (c == '|' && is_double) is_after_or_ = true;
      if (c == '\n') ++line_;
      at_ += is_double ? 2 : 1;
      return;
    }
    take(c);
  }

  void take(char c) {
    if (text_.empty() && (c == ' ' || c == '\t')) {
      ++at_;
      return;
    }
    if (text_.empty()) begin_ = line_;
    text_ += c == '\t' ? ' ' : c;
    ++at_;
  }

  void end_command() {
    const std::string_view command = without_prefixes(text_);
    const bool is_excuse = command == "true" || command == ":" || command.starts_with("echo ");
    if (is_after_or_ && is_excuse) {
      if (!commands_.empty()) commands_.back().ignores_failure = true;
    } else if (!command.empty() && !only_prints(command)) {
      commands_.push_back({.text = std::string(command), .line = begin_});
    }
    is_after_or_ = false;
    text_.clear();
    quote_ = '\0';
  }

  std::string_view script_;
  size_t at_ = 0;
  uint32_t line_ = 1;
  uint32_t begin_ = 1;
  char quote_ = '\0';
  bool is_after_or_ = false;
  std::string text_;
  std::vector<Command> commands_;
};

}  // namespace

std::vector<Command> shell_commands(std::string_view script) { return Cutter(script).cut(); }

}  // namespace tollgate::pipelines
