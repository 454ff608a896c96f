#include <algorithm>

#include "common/bytes/duration.h"
#include "server/promql/script/eval_command.h"
#include "server/promql/string_literal.h"

namespace narthex::promql {
namespace {

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// The word at the front, which is taken off.
std::string_view TakeWord(std::string_view& text) {
  text = Trim(text);
  const size_t end = std::min(text.find_first_of(" \t"), text.size());
  const std::string_view word = text.substr(0, end);
  text = Trim(text.substr(end));
  return word;
}

Status WantWord(std::string_view& text, std::string_view wanted) {
  const std::string_view word = TakeWord(text);
  if (word == wanted) return {};
  return InvalidArgument("want ", Quote(wanted), ", got ", Quote(word));
}

Result<int64_t> TakeDuration(std::string_view& text) {
  ASSIGN_OR_RETURN(const Duration duration, ParseDuration(TakeWord(text)));
  return duration.ms;
}

// "from 0 to 10m step 1m"
Status TakeTimes(std::string_view& text, EvalCommand& command) {
  RETURN_IF_ERROR(WantWord(text, "from"));
  ASSIGN_OR_RETURN(command.start_ms, TakeDuration(text));
  RETURN_IF_ERROR(WantWord(text, "to"));
  ASSIGN_OR_RETURN(command.end_ms, TakeDuration(text));
  RETURN_IF_ERROR(WantWord(text, "step"));
  ASSIGN_OR_RETURN(command.step_ms, TakeDuration(text));
  if (command.end_ms < command.start_ms) return InvalidArgument("the end is before the start");
  if (command.step_ms <= 0) return InvalidArgument("the step is not positive");
  return {};
}

Status ParseHeader(std::string_view header, EvalCommand& command) {
  const std::string_view word = TakeWord(header);
  if (word == "eval_ordered") {
    command.ordered = true;
  } else if (word == "eval_fail") {
    command.failure.emplace();
  } else if (word == "eval_warn") {
    command.warnings.emplace_back();
  } else if (word == "eval_info") {
    command.infos.emplace_back();
  } else if (word != "eval") {
    return InvalidArgument("unknown command ", Quote(word));
  }
  const std::string_view kind = TakeWord(header);
  command.is_range = kind == "range";
  if (command.is_range) {
    RETURN_IF_ERROR(TakeTimes(header, command));
  } else if (kind == "instant") {
    if (header.starts_with("at ") || header.starts_with("at\t")) {
      TakeWord(header);
      ASSIGN_OR_RETURN(command.start_ms, TakeDuration(header));
    }
    command.end_ms = command.start_ms;
  } else {
    return InvalidArgument("want \"instant\" or \"range\", got ", Quote(kind));
  }
  command.query = header;
  if (command.query.empty()) return InvalidArgument("there is no query");
  return {};
}

Result<ExpectedMessage> ParseMessage(std::string_view rest) {
  ExpectedMessage message;
  if (rest.empty()) return message;
  const size_t colon = std::min(rest.find(':'), rest.size());
  const std::string_view kind = rest.substr(0, colon);
  const std::string_view text = Trim(rest.substr(std::min(colon + 1, rest.size())));
  if (kind == "msg") {
    message.text = std::string(text);
  } else if (kind == "regex") {
    ASSIGN_OR_RETURN(message.regex, Regex::Compile(text));
  } else {
    return InvalidArgument("want \"msg:\" or \"regex:\", got ", Quote(rest));
  }
  return message;
}

Status ParseExpectString(std::string_view text, EvalCommand& command) {
  if (text.empty() || (text[0] != '"' && text[0] != '`'))
    return InvalidArgument("want a quoted string, got ", Quote(text));
  StringLiteralText read = ReadStringLiteral(text, 0);
  if (!read.finding.empty() || read.end != text.size())
    return InvalidArgument("want a quoted string, got ", Quote(text));
  command.text = std::move(read.value);
  return {};
}

Status ParseExpect(std::string_view rest, EvalCommand& command) {
  const std::string_view kind = TakeWord(rest);
  if (kind == "string") return ParseExpectString(rest, command);
  if (kind == "range") {
    RETURN_IF_ERROR(WantWord(rest, "vector"));
    command.range_vector = true;
    RETURN_IF_ERROR(TakeTimes(rest, command));
    return {};
  }
  if (kind == "ordered") {
    command.ordered = true;
  } else if (kind == "no_warn") {
    command.no_warnings = true;
  } else if (kind == "no_info") {
    command.no_infos = true;
  } else if (kind == "fail") {
    if (command.failure) return InvalidArgument("a query fails only once");
    ASSIGN_OR_RETURN(command.failure, ParseMessage(rest));
  } else if (kind == "warn" || kind == "info") {
    ASSIGN_OR_RETURN(ExpectedMessage message, ParseMessage(rest));
    (kind == "warn" ? command.warnings : command.infos).push_back(std::move(message));
  } else {
    return InvalidArgument("nothing known to expect as ", Quote(kind));
  }
  if ((command.no_warnings && !command.warnings.empty()) ||
      (command.no_infos && !command.infos.empty()))
    return InvalidArgument("messages are expected and ruled out at once");
  return {};
}

Status ParseLine(std::string_view line, EvalCommand& command) {
  std::string_view rest = line;
  const std::string_view word = TakeWord(rest);
  if (word == "expect") return ParseExpect(rest, command);
  if (word == "expected_fail_message" && command.failure) {
    command.failure->text = std::string(rest);
    return {};
  }
  if (word == "expected_fail_regexp" && command.failure) {
    ASSIGN_OR_RETURN(command.failure->regex, Regex::Compile(rest));
    return {};
  }
  double number = 0;
  if (ParseScriptNumber(line, number)) {
    command.scalar = number;
    return {};
  }
  ASSIGN_OR_RETURN(ScriptSeries series, ParseScriptSeries(line));
  if (series.values.size() > 1 && !command.is_range && !command.range_vector)
    return InvalidArgument("an instant query has one value a series");
  command.series.push_back(std::move(series));
  return {};
}

}  // namespace

Result<EvalCommand> ParseEval(std::string_view header, std::span<const std::string> lines) {
  EvalCommand command;
  RETURN_IF_ERROR(ParseHeader(header, command));
  for (const std::string& line : lines) RETURN_IF_ERROR(ParseLine(line, command));
  return command;
}

}  // namespace narthex::promql
