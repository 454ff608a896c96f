#include "server/promql/script/script.h"

#include <fmt/format.h>

#include <span>

#include "server/promql/script/eval_command.h"
#include "server/promql/script/load_command.h"

namespace narthex::promql {
namespace {

// Lines without comments and the space around them.
std::vector<std::string> LinesOf(std::string_view text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = text.substr(begin, end - begin);
    const size_t first = line.find_first_not_of(" \t\r");
    line = first == std::string_view::npos
               ? ""
               : line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
    lines.emplace_back(line.starts_with("#") ? "" : line);
    begin = end + 1;
  }
  return lines;
}

class ScriptRunner {
 public:
  explicit ScriptRunner(std::string_view text) : lines_(LinesOf(text)) {}

  Result<ScriptOutcome> Run() {
    for (size_t at = 0; at < lines_.size();) {
      if (lines_[at].empty()) {
        ++at;
        continue;
      }
      size_t end = at + 1;
      if (lines_[at] != "clear") {
        while (end < lines_.size() && !lines_[end].empty()) ++end;
      }
      RETURN_IF_ERROR(RunCommand(at, end).Prefixed(fmt::format("line {}", at + 1)));
      at = end;
    }
    return std::move(outcome_);
  }

 private:
  Status RunCommand(size_t at, size_t end) {
    const std::string& header = lines_[at];
    const std::span<const std::string> body(lines_.data() + at + 1, end - at - 1);
    if (header == "clear") {
      storage_.Clear();
      return {};
    }
    if (header.starts_with("load")) return RunLoad(header, body, storage_);
    if (!header.starts_with("eval")) return InvalidArgument("unknown command ", Quote(header));
    ASSIGN_OR_RETURN(const EvalCommand command, ParseEval(header, body));
    ++outcome_.cases;
    const Status status = RunEval(command, engine_);
    if (!status.ok())
      outcome_.failures.push_back(
          fmt::format("line {}: {}: {}", at + 1, command.query, status.message()));
    return {};
  }

  static EngineOptions Options() {
    EngineOptions options;
    options.features = {true, true, false};
    return options;
  }

  const std::vector<std::string> lines_;
  TestStorage storage_;
  const SystemClock clock_;
  const Engine engine_{storage_, clock_, Options(), 1};
  ScriptOutcome outcome_;
};

}  // namespace

Result<ScriptOutcome> RunScript(std::string_view text) { return ScriptRunner(text).Run(); }

}  // namespace narthex::promql
