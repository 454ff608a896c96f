#include "common/cli/manual.h"

#include <fmt/format.h>

#include <cctype>

#include "common/cli/flags.h"
#include "common/client/registry.h"

namespace narthex::cli {
namespace {

char Upper(char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); }
char Lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

// A sentence as the NAME line of a page has it: "Checks an exposition. …" gives "checks an
// exposition".
std::string NamePhrase(std::string_view summary) {
  std::string phrase(summary.substr(0, summary.find(". ")));
  if (!phrase.empty() && phrase.back() == '.') phrase.pop_back();
  if (!phrase.empty()) phrase.front() = Lower(phrase.front());
  return phrase;
}

// How bash completes the value of a flag, by what the declaration calls the value.
struct ValueCompletion {
  std::string_view value_name;
  std::string_view command;
};
constexpr ValueCompletion kValueCompletions[] = {
    {"DIR", "_filedir -d"},
    {"FILE", "_filedir"},
    {"LEVEL", R"(COMPREPLY=($(compgen -W "debug info warn error" -- "$cur")))"},
    {"PATH", "_filedir"},
};

std::string_view CompletionOf(std::string_view value_name) {
  for (const ValueCompletion& completion : kValueCompletions)
    if (completion.value_name == value_name) return completion.command;
  return {};
}

bool IsCommand(std::string_view program) { return program.find(' ') != std::string_view::npos; }

}  // namespace

std::string ManHeader(std::string_view program, std::string_view summary) {
  std::string title(program);
  for (char& c : title) c = Upper(c);
  return fmt::format(".TH \"{}\" 1 \"\" \"Narthex {}\" \"Narthex\"\n.nh\n.SH NAME\n{} \\- {}\n",
                     ManText(title), Version(), ManText(program), ManText(NamePhrase(summary)));
}

std::string ManText(std::string_view text) {
  std::string escaped;
  bool at_line_start = true;
  for (const char c : text) {
    if (at_line_start && (c == '.' || c == '\'')) escaped += "\\&";
    at_line_start = c == '\n';
    if (c == '\\') {
      escaped += "\\e";
    } else if (c == '-') {
      escaped += "\\-";  // a plain one may be set as a hyphen, which no shell takes
    } else if (c == '"') {
      escaped += "\\(dq";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string BashFunctionName(std::string_view program) {
  std::string name = "_";
  for (const char c : program) name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}

std::string Flags::ManPage() const {
  std::string synopsis = fmt::format("\\fB{}\\fR [\\fIflags\\fR]", ManText(program_));
  for (const Argument& argument : arguments_)
    synopsis += fmt::format(" [\\fI{}\\fR]", ManText(argument.name));
  const bool command = IsCommand(program_);
  std::string page = command ? fmt::format(".SS {}\n", synopsis)
                             : fmt::format("{}.SH SYNOPSIS\n{}\n.SH DESCRIPTION\n",
                                           ManHeader(program_, summary_), synopsis);
  page += ManText(summary_) + "\n";
  if (!command) page += ".SH OPTIONS\n";
  for (const Argument& argument : arguments_)
    page += fmt::format(".TP\n\\fI{}\\fR\n{}\n", ManText(argument.name), ManText(argument.help));
  if (!command) {
    page += ".TP\n\\fB\\-h\\fR, \\fB\\-\\-help\\fR\nShow all flags and exit.\n";
    page += ".TP\n\\fB\\-\\-version\\fR\nShow the version and exit.\n";
  }
  for (const Flag& flag : flags_) {
    const std::string dashes = flag.is_bool ? "--[no-]" : "--";
    page += fmt::format(".TP\n\\fB{}{}\\fR", ManText(dashes), ManText(flag.name));
    if (!flag.is_bool) page += fmt::format("=\\fI{}\\fR", ManText(flag.value_name));
    page += flag.is_list ? " ...\n" : "\n";
    page += ManText(flag.help);
    if (const std::string value = flag.get(); !value.empty())
      page += fmt::format(" (default: {})", ManText(value));
    page += "\n";
  }
  return page;
}

std::string Flags::BashCompletion() const {
  const std::string function = BashFunctionName(program_);
  std::string words = "--help --version";
  std::string values;
  for (const Flag& flag : flags_) {
    words +=
        flag.is_bool ? fmt::format(" --{0} --no-{0}", flag.name) : fmt::format(" --{}=", flag.name);
    const std::string_view completion = CompletionOf(flag.value_name);
    if (!completion.empty())
      values += fmt::format("    --{}) {}; return ;;\n", flag.name, completion);
  }
  std::string script = fmt::format(
      "{}() {{\n  local cur prev words cword split\n  _init_completion -s || return\n", function);
  if (!values.empty()) script += fmt::format("  case $prev in\n{}  esac\n", values);
  script += fmt::format(
      "  $split && return\n"
      "  COMPREPLY=($(compgen -W '{}' -- \"$cur\"))\n"
      "  [[ ${{COMPREPLY-}} != *= ]] || compopt -o nospace\n",
      words);
  // What is no flag may be a file: an argument of the program.
  if (!arguments_.empty()) script += "  [[ $cur == -* ]] || _filedir\n";
  script += "}\n";
  if (!IsCommand(program_)) script += fmt::format("complete -F {} {}\n", function, program_);
  return script;
}

}  // namespace narthex::cli
