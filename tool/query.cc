// narthex-tool query instant, range, series and labels: questions to a server's API.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "common/bytes/numbers.h"
#include "common/clock/clock.h"
#include "server/api/parameters.h"
#include "tool/api_client.h"
#include "tool/command.h"
#include "tool/commands.h"
#include "tool/query_output.h"

namespace narthex::tool {
namespace {

// What the four have in common, and the flags that some of them have.
struct Options {
  ApiServer server;
  std::string format = "promql";
  std::string subject;  // the expression, or the label
  std::string time, start, end;
  Duration step{0};
  std::vector<std::string> headers;
  std::vector<std::string> matches;
};

std::string Seconds(int64_t ms) {
  return ms % 1000 == 0 ? fmt::format("{}", ms / 1000)
                        : fmt::format("{:.3f}", static_cast<double>(ms) / 1000);
}

// A time as the API takes it; nothing where none was given.
Status AddTime(const std::string& name, const std::string& text, ApiParameters& parameters) {
  if (text.empty()) return {};
  const auto time = server::ParseTime(text);
  if (!time.ok()) return time.status().Prefixed("--" + name);
  parameters.emplace_back(name, Seconds(*time));
  return {};
}

void AddCommon(cli::Flags& flags, Options& options) {
  flags.Add("format", &options.format, "promql, json, table or sparkline.", "FORMAT");
  AddHttpConfigFlag(flags, options.server);
}

// Parses flags, asks, and prints by `print`.
template <typename Declare, typename Ask>
int Run(const std::string& name, const std::string& summary,
        const std::vector<std::string>& arguments, std::ostream& out, std::ostream& problems,
        Declare declare, Ask ask) {
  Options options;
  cli::Flags flags("narthex-tool query " + name, summary);
  AddCommon(flags, options);
  declare(flags, options);
  const auto act = [&]() -> Status {
    for (const std::string& header : options.headers) {
      const size_t equals = header.find('=');
      if (equals == std::string::npos)
        return InvalidArgument("--header: want NAME=VALUE, got ", Quote(header));
      options.server.headers.push_back(header.substr(0, equals) + ": " + header.substr(equals + 1));
    }
    return ask(options).Prefixed("query error");
  };
  return RunCommand(flags, arguments, out, problems, act, {{'o', "format"}});
}

Result<ApiAnswer> Ask(const Options& options, const std::string& path,
                      const ApiParameters& parameters, std::ostream& problems) {
  if (options.server.url.empty()) return InvalidArgument("there is no SERVER to ask");
  ASSIGN_OR_RETURN(ApiAnswer answer, AskApi(options.server, path, parameters));
  for (const std::string& warning : answer.warnings) problems << warning << "\n";
  return answer;
}

Status AskRange(const Options& options, std::ostream& out, std::ostream& problems) {
  constexpr int64_t kDefaultRangeMs = 300'000;
  constexpr int64_t kDefaultPoints = 250;
  ASSIGN_OR_RETURN(const OutputFormat format, ParseOutputFormat(options.format));
  int64_t end_ms = SystemClock().NowMs();
  if (!options.end.empty()) {
    ASSIGN_OR_RETURN(end_ms, server::ParseTime(options.end));
  }
  int64_t start_ms = end_ms - kDefaultRangeMs;
  if (!options.start.empty()) {
    ASSIGN_OR_RETURN(start_ms, server::ParseTime(options.start));
  }
  if (start_ms > end_ms) return InvalidArgument("--start is after --end");
  const int64_t step_ms =
      options.step.ms > 0
          ? options.step.ms
          : std::max<int64_t>(1, (end_ms - start_ms) / 1000 / kDefaultPoints) * 1000;
  ASSIGN_OR_RETURN(const ApiAnswer answer, Ask(options, "/api/v1/query_range",
                                               {{"query", options.subject},
                                                {"start", Seconds(start_ms)},
                                                {"end", Seconds(end_ms)},
                                                {"step", Seconds(step_ms)}},
                                               problems));
  PrintResult(out, answer.data, format);
  return {};
}

// Series and labels: within times, of what matches.
Result<ApiParameters> SelectionOf(const Options& options) {
  ApiParameters parameters;
  for (const std::string& match : options.matches) parameters.emplace_back("match[]", match);
  RETURN_IF_ERROR(AddTime("start", options.start, parameters));
  RETURN_IF_ERROR(AddTime("end", options.end, parameters));
  return parameters;
}

void AddSelection(cli::Flags& flags, Options& options) {
  flags.Add("match", &options.matches, "Selector of series; may be repeated.", "SELECTOR");
  flags.Add("start", &options.start, "Begin of the time looked at, Unix or RFC 3339.", "TIME");
  flags.Add("end", &options.end, "End of the time looked at.", "TIME");
  flags.AddArgument("SERVER", &options.server.url, "The server to ask.");
}

}  // namespace

int QueryInstant(const std::vector<std::string>& arguments, std::ostream& out,
                 std::ostream& problems) {
  return Run(
      "instant", "Evaluates a query at one moment.", arguments, out, problems,
      [](cli::Flags& flags, Options& options) {
        flags.Add("time", &options.time, "When, Unix or RFC 3339; now by default.", "TIME");
        flags.AddArgument("SERVER", &options.server.url, "The server to ask.");
        flags.AddArgument("EXPRESSION", &options.subject, "The query.");
      },
      [&](const Options& options) -> Status {
        ASSIGN_OR_RETURN(const OutputFormat format, ParseOutputFormat(options.format));
        ApiParameters parameters = {{"query", options.subject}};
        RETURN_IF_ERROR(AddTime("time", options.time, parameters));
        ASSIGN_OR_RETURN(const ApiAnswer answer,
                         Ask(options, "/api/v1/query", parameters, problems));
        PrintResult(out, answer.data, format);
        return {};
      });
}

int QueryRange(const std::vector<std::string>& arguments, std::ostream& out,
               std::ostream& problems) {
  return Run(
      "range", "Evaluates a query at the steps of a range.", arguments, out, problems,
      [](cli::Flags& flags, Options& options) {
        flags.Add("header", &options.headers, "A header for the server; may be repeated.",
                  "NAME=VALUE");
        flags.Add("start", &options.start,
                  "First step, Unix or RFC 3339; five minutes before the end by default.", "TIME");
        flags.Add("end", &options.end, "Last step; now by default.", "TIME");
        flags.Add("step", &options.step, "Between two steps; 0 for about 250 of them.");
        flags.AddArgument("SERVER", &options.server.url, "The server to ask.");
        flags.AddArgument("EXPRESSION", &options.subject, "The query.");
      },
      [&](const Options& options) { return AskRange(options, out, problems); });
}

int QuerySeries(const std::vector<std::string>& arguments, std::ostream& out,
                std::ostream& problems) {
  return Run("series", "Lists the series that selectors match.", arguments, out, problems,
             AddSelection, [&](const Options& options) -> Status {
               if (options.matches.empty()) return InvalidArgument("there is no --match");
               ASSIGN_OR_RETURN(const OutputFormat format, ParseOutputFormat(options.format));
               ASSIGN_OR_RETURN(const ApiParameters parameters, SelectionOf(options));
               ASSIGN_OR_RETURN(const ApiAnswer answer,
                                Ask(options, "/api/v1/series", parameters, problems));
               PrintSeries(out, answer.data, format);
               return {};
             });
}

int QueryLabels(const std::vector<std::string>& arguments, std::ostream& out,
                std::ostream& problems) {
  return Run(
      "labels", "Lists the values of a label.", arguments, out, problems,
      [](cli::Flags& flags, Options& options) {
        AddSelection(flags, options);
        flags.AddArgument("LABEL", &options.subject, "Its name.");
      },
      [&](const Options& options) -> Status {
        if (options.subject.empty()) return InvalidArgument("there is no LABEL to list");
        ASSIGN_OR_RETURN(const OutputFormat format, ParseOutputFormat(options.format));
        ASSIGN_OR_RETURN(const ApiParameters parameters, SelectionOf(options));
        ASSIGN_OR_RETURN(
            const ApiAnswer answer,
            Ask(options, "/api/v1/label/" + options.subject + "/values", parameters, problems));
        PrintTexts(out, answer.data, format);
        return {};
      });
}

}  // namespace narthex::tool
