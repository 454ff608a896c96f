// The eval command of test scripts: a query, and what its result must be.
#ifndef NARTHEX_SERVER_PROMQL_SCRIPT_EVAL_COMMAND_H_
#define NARTHEX_SERVER_PROMQL_SCRIPT_EVAL_COMMAND_H_

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/regex/regex.h"
#include "server/promql/engine.h"
#include "server/promql/script/series_text.h"

namespace narthex::promql {

// One expected message: a text or an expression; neither: any message.
struct ExpectedMessage {
  std::optional<std::string> text;
  std::optional<Regex> regex;

  bool Matches(std::string_view message) const {
    if (text) return *text == message;
    return !regex || regex->FindsIn(message);
  }
};

struct EvalCommand {
  std::string query;
  bool is_range = false;
  int64_t start_ms = 0;
  int64_t end_ms = 0;
  int64_t step_ms = 0;

  bool ordered = false;
  std::optional<ExpectedMessage> failure;
  std::vector<ExpectedMessage> warnings;
  std::vector<ExpectedMessage> infos;
  bool no_warnings = false;
  bool no_infos = false;
  bool range_vector = false;  // an instant query that gives samples over a time
  std::optional<std::string> text;
  std::optional<double> scalar;
  std::vector<ScriptSeries> series;
};

// `header` is the line that begins with eval, `lines` are those up to the next empty one.
Result<EvalCommand> ParseEval(std::string_view header, std::span<const std::string> lines);

// Runs a query in all ways that must agree: as it stands; with its selectors fixed to its time, at
// other times; and as the middle of a range query. An error says what is not as expected.
Status RunEval(const EvalCommand& command, const Engine& engine);

// What of a result is not as expected; nothing where all is.
Status CompareResult(const EvalCommand& command, const QueryResult& result);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_SCRIPT_EVAL_COMMAND_H_
