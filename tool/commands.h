// The sub-commands of narthex-tool. Each is one row of the table in main.cc and one function here.
//
// A command takes the arguments after its name, prints results to `out` and problems to `problems`,
// and returns what the process exits with. What promtool has keeps its name, flags and exit codes.
#ifndef NARTHEX_TOOL_COMMANDS_H_
#define NARTHEX_TOOL_COMMANDS_H_

#include <iosfwd>
#include <string>
#include <vector>

namespace narthex::tool {

inline constexpr int kSuccess = 0;
inline constexpr int kFailure = 1;
inline constexpr int kLintFindings = 3;

// Checks configurations of the server: 0 when all are valid, else 1; with --lint-fatal, 3 when they
// are valid and lint has something to say.
int CheckConfig(const std::vector<std::string>& arguments, std::ostream& out,
                std::ostream& problems);

// Checks modules of the blackbox exporter: 0 when all files are valid, else 1.
int CheckBlackboxConfig(const std::vector<std::string>& arguments, std::ostream& out,
                        std::ostream& problems);

// Ask a server whether it is healthy, or ready: 0 if so, else 1.
int CheckHealthy(const std::vector<std::string>& arguments, std::ostream& out,
                 std::ostream& problems);
int CheckReady(const std::vector<std::string>& arguments, std::ostream& out,
               std::ostream& problems);

// Puts what a server tells of itself into an archive: 0, or 1 where that cannot be had.
int DebugAll(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& problems);
int DebugMetrics(const std::vector<std::string>& arguments, std::ostream& out,
                 std::ostream& problems);

// Prints what the discoveries of a job find: 0, or 1 where there is no such job.
int CheckServiceDiscovery(const std::vector<std::string>& arguments, std::ostream& out,
                          std::ostream& problems);

// Checks files of --web.config.file: 0 when all are valid, else 1.
int CheckWebConfig(const std::vector<std::string>& arguments, std::ostream& out,
                   std::ostream& problems);

// Checks an exposition from a file or standard input: 0 when it is valid, 1 when it is not, 3 when
// it is valid and lint has something to say.
int CheckMetrics(const std::vector<std::string>& arguments, std::ostream& out,
                 std::ostream& problems);

// Lays out an expression, or changes its matchers: 0, or 1 where it is none.
int PromqlFormat(const std::vector<std::string>& arguments, std::ostream& out,
                 std::ostream& problems);
int PromqlLabelMatchers(const std::vector<std::string>& arguments, std::ostream& out,
                        std::ostream& problems);

// Ask a server and print what it answers: 0, or 1 where it does not answer or answers an error.
int QueryAnalyze(const std::vector<std::string>& arguments, std::ostream& out,
                 std::ostream& problems);
int QueryInstant(const std::vector<std::string>& arguments, std::ostream& out,
                 std::ostream& problems);
int QueryLabels(const std::vector<std::string>& arguments, std::ostream& out,
                std::ostream& problems);
int QueryRange(const std::vector<std::string>& arguments, std::ostream& out,
               std::ostream& problems);
int QuerySeries(const std::vector<std::string>& arguments, std::ostream& out,
                std::ostream& problems);

// Runs test scripts of PromQL: 0 when every case passes, else 1.
int TestPromql(const std::vector<std::string>& arguments, std::ostream& out,
               std::ostream& problems);

// Checks standard input as the node exporter's textfile collector does, and puts it in the place of
// a file in one step: 0, or 1 with the file left as it was.
int TextfileWrite(const std::vector<std::string>& arguments, std::ostream& out,
                  std::ostream& problems);

// Look at a data directory, or make blocks: 0, or 1 where that does not go or something is damaged.
int TsdbAnalyze(const std::vector<std::string>& arguments, std::ostream& out,
                std::ostream& problems);
int TsdbCreateBlocksFromOpenMetrics(const std::vector<std::string>& arguments, std::ostream& out,
                                    std::ostream& problems);
int TsdbDump(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& problems);
int TsdbDumpOpenMetrics(const std::vector<std::string>& arguments, std::ostream& out,
                        std::ostream& problems);
int TsdbList(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& problems);
int TsdbVerify(const std::vector<std::string>& arguments, std::ostream& out,
               std::ostream& problems);

}  // namespace narthex::tool

#endif  // NARTHEX_TOOL_COMMANDS_H_
