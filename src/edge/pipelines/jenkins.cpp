// Jenkinsfiles, declarative and scripted, as text: Groovy is not run, so
// stages, shell steps, calls and inputs are found by their form.
#include "edge/pipelines/source.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>

namespace tollgate::pipelines {
namespace {

bool claims(std::string_view path, std::string_view) {
  const std::string name = lower_case(base_name(path));
  return name.starts_with("jenkinsfile") || name.ends_with(".jenkinsfile") ||
         name.ends_with("-jenkinsfile");
}

/// A piece of the text: code, or what stands between quotes.
struct Piece {
  std::string text;
  uint32_t line = 1;
  bool is_text = false;
};

/// Cuts Groovy into code and texts; comments are left out.
class Pieces {
 public:
  explicit Pieces(std::string_view source) : source_(source) {}

  std::vector<Piece> cut() {
    skip_shebang();
    while (at_ < source_.size()) step();
    end_code();
    return std::move(pieces_);
  }

 private:
  bool is_at(std::string_view what) const { return source_.substr(at_).starts_with(what); }

  void skip_shebang() {
    if (is_at("#!")) at_ = std::min(source_.find('\n'), source_.size());
  }

  void step() {
    if (is_at("//")) {
      at_ = std::min(source_.find('\n', at_), source_.size());
    } else if (is_at("/*")) {
      skip_to(source_.find("*/", at_ + 2), 2);
    } else if (is_at("'''") || is_at("\"\"\"")) {
      quoted(source_.substr(at_, 3));
    } else if (is_at("'") || is_at("\"")) {
      quoted(source_.substr(at_, 1));
    } else {
      const char c = source_[at_++];
      if (code_.empty()) code_line_ = line_;
      code_ += c;
      if (c == '\n') {
        end_code();
        ++line_;
      }
    }
  }

  void skip_to(size_t end, size_t length) {
    end = end == std::string_view::npos ? source_.size() : end + length;
    line_ += static_cast<uint32_t>(std::count(source_.begin() + static_cast<ptrdiff_t>(at_),
                                              source_.begin() + static_cast<ptrdiff_t>(end), '\n'));
    at_ = end;
  }

  void quoted(std::string_view mark) {
    end_code();
    const uint32_t begin_line = line_;
    size_t end = at_ + mark.size();
    while (end < source_.size() && !source_.substr(end).starts_with(mark)) {
      if (mark.size() == 1 && source_[end] == '\n') break;  // not closed: a slashy text before it
      end += source_[end] == '\\' ? 2 : 1;
    }
    end = std::min(end, source_.size());
    pieces_.push_back({.text = std::string(source_.substr(at_ + mark.size(),
                                                          end - std::min(end, at_ + mark.size()))),
                       .line = begin_line,
                       .is_text = true});
    const bool is_closed = end < source_.size() && source_[end] != '\n';
    skip_to(end, is_closed ? mark.size() : 0);
  }

  void end_code() {
    if (!trim(code_).empty()) pieces_.push_back({.text = code_, .line = code_line_});
    code_.clear();
  }

  std::string_view source_;
  size_t at_ = 0;
  uint32_t line_ = 1;
  uint32_t code_line_ = 1;
  std::string code_;
  std::vector<Piece> pieces_;
};

/// Whether the code ends with a call of `name`, so that the text behind is its
/// argument.
bool ends_with_call(std::string_view code, std::string_view name) {
  code = trim(code);
  for (const std::string_view tail : {"script:", "label:", "("}) {
    if (code.ends_with(tail)) code = trim(code.substr(0, code.size() - tail.size()));
  }
  if (code.ends_with('(')) code = trim(code.substr(0, code.size() - 1));
  if (!code.ends_with(name)) return false;
  const size_t before = code.size() - name.size();
  return before == 0 || (!std::isalnum(static_cast<unsigned char>(code[before - 1])) &&
                         code[before - 1] != '_' && code[before - 1] != '.');
}

bool has_word(std::string_view code, std::string_view word) {
  for (size_t at = code.find(word); at != std::string_view::npos; at = code.find(word, at + 1)) {
    const auto is_name = [&](size_t i) {
      return i < code.size() && (std::isalnum(static_cast<unsigned char>(code[i])) != 0 ||
                                 code[i] == '_' || code[i] == '.');
    };
    if ((at == 0 || !is_name(at - 1)) && !is_name(at + word.size())) return true;
  }
  return false;
}

/// One job with a step for each stage; what stands outside of stages belongs to
/// the one before.
class Stages {
 public:
  explicit Stages(std::string_view file) {
    job_.name = std::string(base_name(file));
    job_.line = 1;
    begin("", 1);
  }

  void take(const Piece& piece) {
    if (piece.is_text) {
      text(piece);
    } else {
      code(piece);
    }
  }

  Job finish() { return std::move(job_); }

 private:
  Step& now() { return job_.steps.back(); }

  void begin(const std::string& name, uint32_t line) {
    job_.steps.push_back({.name = name, .line = line});
  }

  void text(const Piece& piece) {
    if (ends_with_call(code_, "stage")) {
      begin(piece.text, piece.line);
    } else if (ends_with_call(code_, "sh") || ends_with_call(code_, "bat") ||
               ends_with_call(code_, "powershell") || ends_with_call(code_, "pwsh")) {
      const bool keeps_status = has_word(code_, "returnStatus");
      for (Command command : commands_at_of(piece)) {
        command.ignores_failure = command.ignores_failure || keeps_status;
        now().commands.push_back(std::move(command));
      }
    } else {
      // Arguments count with the call in front of them, such as build job:
      // 'deploy-production'.
      now().code.push_back({.text = code_ + " '" + piece.text + "'", .line = piece.line});
    }
    if (ends_with_call(code_, "input")) ask_person(piece.line);
    code_ += " '...'";
  }

  static std::vector<Command> commands_at_of(const Piece& piece) {
    std::vector<Command> commands = commands_at(piece.text, 1, piece.text);
    for (Command& command : commands) command.line += piece.line - 1;
    return commands;
  }

  void code(const Piece& piece) {
    const bool continues = trim(code_).ends_with('(') || trim(code_).ends_with(',');
    code_ = continues ? code_ + piece.text : piece.text;
    now().code.push_back({.text = std::string(trim(piece.text)), .line = piece.line});
    if (has_word(piece.text, "input") && piece.text.find("inputs") == std::string::npos)
      ask_person(piece.line);
  }

  /// A person is asked from here on.
  void ask_person(uint32_t line) {
    const std::string name = now().name;
    job_.steps.push_back({.name = name, .line = line, .gate = Gate::person});
    begin(name, line);
  }

  Job job_;
  std::string code_;
};

Result<Pipeline> read(const SourceFile& file, const Sources&) {
  Stages stages(file.path);
  for (const Piece& piece : Pieces(file.text).cut()) stages.take(piece);
  Pipeline pipeline{.file = file.path, .dialect = "jenkins"};
  pipeline.jobs.push_back(stages.finish());
  return pipeline;
}

}  // namespace

extern const DialectDef jenkins_dialect = {
    .name = "jenkins", .title = "Jenkins", .claims = claims, .read = read};

}  // namespace tollgate::pipelines
