#include "common/cli/flags.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <cassert>
#include <iostream>
#include <memory>
#include <optional>

#include "common/bytes/numbers.h"
#include "common/client/registry.h"

namespace narthex::cli {
namespace {

namespace po = boost::program_options;

// program_options refuses an empty value: each travels behind this mark.
constexpr char kValueMark = ':';

template <typename T>
std::function<Status(std::string_view)> Setter(Result<T> (*parse)(std::string_view), T* value) {
  return [parse, value](std::string_view text) -> Status {
    ASSIGN_OR_RETURN(*value, parse(text));
    return {};
  };
}

Result<bool> ParseBool(std::string_view text) {
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return InvalidArgument("want true or false, got ", Quote(text));
}

Result<int64_t> ParseWholeNumber(std::string_view text) {
  if (const auto number = ParseInteger(text)) return *number;
  return InvalidArgument("want a whole number, got ", Quote(text));
}

}  // namespace

Flags::Flags(std::string program, std::string summary)
    : program_(std::move(program)), summary_(std::move(summary)) {}

void Flags::Add(std::string name, bool* value, std::string help) {
  flags_.push_back({std::move(name), std::move(help), "", true, false, Setter(ParseBool, value),
                    [value] { return *value ? "true" : "false"; }});
}

void Flags::Add(std::string name, std::string* value, std::string help, std::string value_name) {
  const auto set = [value](std::string_view text) {
    *value = text;
    return Status();
  };
  flags_.push_back({std::move(name), std::move(help), std::move(value_name), false, false, set,
                    [value] { return *value; }});
}

void Flags::Add(std::string name, int64_t* value, std::string help, std::string value_name) {
  flags_.push_back({std::move(name), std::move(help), std::move(value_name), false, false,
                    Setter(ParseWholeNumber, value), [value] { return std::to_string(*value); }});
}

void Flags::Add(std::string name, Duration* value, std::string help, std::string value_name) {
  flags_.push_back({std::move(name), std::move(help), std::move(value_name), false, false,
                    Setter(ParseDuration, value), [value] { return FormatDuration(*value); }});
}

void Flags::Add(std::string name, ByteSize* value, std::string help, std::string value_name) {
  flags_.push_back({std::move(name), std::move(help), std::move(value_name), false, false,
                    Setter(ParseByteSize, value), [value] { return FormatByteSize(*value); }});
}

void Flags::Add(std::string name, LogLevel* value, std::string help) {
  constexpr const char* kNames[] = {"debug", "info", "warn", "error"};
  flags_.push_back({std::move(name), std::move(help), "LEVEL", false, false,
                    Setter(ParseLogLevel, value),
                    [value, kNames] { return kNames[static_cast<size_t>(*value)]; }});
}

void Flags::Add(std::string name, LogFormat* value, std::string help) {
  flags_.push_back({std::move(name), std::move(help), "FORMAT", false, false,
                    Setter(ParseLogFormat, value),
                    [value] { return *value == LogFormat::kJson ? "json" : "logfmt"; }});
}

void Flags::Add(std::string name, std::vector<std::string>* values, std::string help,
                std::string value_name) {
  const auto set = [values, is_default = std::make_shared<bool>(true)](std::string_view text) {
    if (*is_default) values->clear();
    *is_default = false;
    values->emplace_back(text);
    return Status();
  };
  flags_.push_back({std::move(name), std::move(help), std::move(value_name), false, true, set,
                    [values] { return fmt::format("{}", fmt::join(*values, ",")); }});
}

void Flags::AddArgument(std::string name, std::string* value, std::string help) {
  arguments_.push_back({std::move(name), value, nullptr, std::move(help)});
}

void Flags::AddLogFlags(LogOptions* options) {
  Add("log.level", &options->level, "Least severe messages to log: debug, info, warn or error.");
  Add("log.format", &options->format, "Layout of log lines: logfmt or json.");
}

const Flags::Flag* Flags::Find(std::string_view name) const {
  const auto found = std::find_if(flags_.begin(), flags_.end(),
                                  [name](const Flag& flag) { return flag.name == name; });
  return found == flags_.end() ? nullptr : &*found;
}

void Flags::AddArguments(std::string name, std::vector<std::string>* values, std::string help) {
  arguments_.push_back({std::move(name), nullptr, values, std::move(help)});
}

void Flags::AddOldName(std::string old_name, std::string name) {
  assert(Find(name) != nullptr);
  old_names_[std::move(old_name)] = std::move(name);
}

void Flags::AddWithoutEffect(std::string name, bool is_bool, std::string reason) {
  foreign_[std::move(name)] = {is_bool, false, std::move(reason)};
}

void Flags::AddRefused(std::string name, bool is_bool, std::string reason) {
  foreign_[std::move(name)] = {is_bool, true, std::move(reason)};
}

const Flags::Foreign* Flags::FindForeign(std::string_view name) const {
  auto found = foreign_.find(name);
  if (found == foreign_.end() && name.substr(0, 3) == "no-") {
    found = foreign_.find(name.substr(3));
    if (found != foreign_.end() && !found->second.is_bool) found = foreign_.end();
  }
  return found == foreign_.end() ? nullptr : &found->second;
}

struct Flags::Spelling {
  const Flag* flag = nullptr;  // null where it has no effect
  std::string_view name;
  std::optional<std::string> value;  // absent where the next argument has it
};

Result<Flags::Spelling> Flags::Read(std::string_view argument) {
  const size_t equals = argument.find('=');
  Spelling spelling;
  spelling.name = argument.substr(2, equals == std::string_view::npos ? equals : equals - 2);
  if (equals != std::string_view::npos) spelling.value = argument.substr(equals + 1);
  if (const Foreign* foreign = FindForeign(spelling.name)) {
    if (foreign->is_refused)
      return InvalidArgument("flag --", spelling.name, ": ", foreign->reason);
    notes_.push_back(fmt::format("--{} has no effect: {}", spelling.name, foreign->reason));
    if (foreign->is_bool && !spelling.value) spelling.value = "true";
    return spelling;
  }
  const auto old = old_names_.find(spelling.name);
  if (old != old_names_.end()) {
    notes_.push_back(fmt::format("--{} is an old name: use --{}", spelling.name, old->second));
    spelling.name = old->second;
  }
  spelling.flag = Find(spelling.name);
  const bool negated =
      spelling.flag == nullptr && spelling.name.substr(0, 3) == "no-" && !spelling.value;
  if (negated) {
    spelling.name.remove_prefix(3);
    spelling.flag = Find(spelling.name);
  }
  if (spelling.flag == nullptr || (negated && !spelling.flag->is_bool)) {
    return InvalidArgument("unknown flag ", Quote(argument.substr(0, equals)), ", see --help");
  }
  if (spelling.flag->is_bool && !spelling.value) spelling.value = negated ? "false" : "true";
  return spelling;
}

// Every argument as --name=:value, whichever of the accepted spellings it had.
Result<std::vector<std::string>> Flags::Normalise(const std::vector<std::string>& arguments) {
  std::vector<std::string> normalised;
  size_t plain = 0;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (argument.substr(0, 2) != "--") {
      const bool is_plain = argument == "-" || argument.substr(0, 1) != "-";
      if (is_plain && plain < arguments_.size()) {
        if (arguments_[plain].value != nullptr) {
          *arguments_[plain++].value = argument;
        } else {
          arguments_[plain].values->emplace_back(argument);
        }
        continue;
      }
      return InvalidArgument("unexpected argument ", Quote(argument), ", see --help");
    }
    ASSIGN_OR_RETURN(Spelling spelling, Read(argument));
    if (!spelling.value) {
      if (++i == arguments.size())
        return InvalidArgument("flag --", spelling.name, " wants a value");
      spelling.value = arguments[i];
    }
    if (spelling.flag != nullptr)
      normalised.push_back(fmt::format("--{}={}{}", spelling.name, kValueMark, *spelling.value));
  }
  return normalised;
}

Result<bool> Flags::Parse(const std::vector<std::string>& arguments, std::string& output) {
  for (const std::string& argument : arguments) {
    if (argument == "--help" || argument == "-h") output = Help();
    if (argument == "--version") output = fmt::format("{}, version {}\n", program_, Version());
    if (argument == "--help-man") output = ManPage();
    if (argument == "--completion-script-bash") output = BashCompletion();
    if (!output.empty()) return false;
  }
  notes_.clear();
  ASSIGN_OR_RETURN(const std::vector<std::string> normalised, Normalise(arguments));
  po::options_description description;
  for (const Flag& flag : flags_)
    description.add_options()(flag.name.c_str(), po::value<std::vector<std::string>>());
  po::variables_map given;
  try {
    namespace style = po::command_line_style;
    po::store(po::command_line_parser(normalised)
                  .options(description)
                  .style(style::allow_long | style::long_allow_adjacent)
                  .run(),
              given);
  } catch (const po::error& e) {
    return InvalidArgument(e.what());
  }
  for (const auto& [name, value] : given) {
    const Flag* flag = Find(name);
    assert(flag != nullptr);
    given_.insert(name);
    const auto& texts = value.as<std::vector<std::string>>();
    if (texts.size() > 1 && !flag->is_list) return InvalidArgument("flag --", name, " given twice");
    for (const std::string& text : texts) {
      RETURN_IF_ERROR(flag->set(std::string_view(text).substr(1)).Prefixed("flag --" + name));
    }
  }
  return true;
}

Result<bool> Flags::Parse(int argc, const char* const* argv) {
  std::string output;
  auto result = Parse(std::vector<std::string>(argv + 1, argv + argc), output);
  std::cout << output << std::flush;
  for (const std::string& note : notes_) std::cerr << program_ << ": " << note << "\n";
  return result;
}

std::string Flags::Help() const {
  std::string help = fmt::format("usage: {} [flags]", program_);
  for (const Argument& argument : arguments_)
    help += fmt::format(" [{}{}]", argument.name, argument.value != nullptr ? "" : "...");
  help += fmt::format("\n\n{}\n", summary_);
  for (const Argument& argument : arguments_) {
    help += fmt::format("\n  {}\n        {}\n", argument.name, argument.help);
  }
  help += "\nFlags:\n";
  help +=
      "  -h, --help\n        Show this text and exit. --help-man writes it as a manual page,\n"
      "        --completion-script-bash as a completion for bash.\n"
      "  --version\n        Show the version and exit.\n";
  for (const Flag& flag : flags_) {
    const std::string name = flag.is_bool ? fmt::format("--[no-]{}", flag.name)
                                          : fmt::format("--{}={}", flag.name, flag.value_name);
    const std::string value = flag.get();
    const std::string shown_default = value.empty() ? "" : fmt::format(" (default: {})", value);
    help += fmt::format("  {}{}\n        {}{}\n", name, flag.is_list ? " ..." : "", flag.help,
                        shown_default);
  }
  return help;
}

std::map<std::string, std::string> Flags::Values() const {
  std::map<std::string, std::string> values;
  for (const Flag& flag : flags_) values[flag.name] = flag.get();
  return values;
}

}  // namespace narthex::cli
