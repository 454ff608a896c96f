#include "server/api/query_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "common/bytes/numbers.h"
#include "common/http_server/json_response.h"

namespace narthex::server {

namespace {

// What was counted at each step, and a comma; nothing where no steps were counted.
void AppendSteps(std::string& out, std::string_view name, const promql::QueryStats& stats,
                 const std::vector<uint64_t>& at_step) {
  for (size_t step = 0; step < at_step.size(); ++step) {
    if (step == 0) out.append("\"").append(name).append("\":[");
    out += '[';
    AppendJsonTime(out, stats.start_ms + static_cast<int64_t>(step) * stats.step_ms);
    out += ',';
    AppendUnsigned(out, at_step[step]);
    out += "],";
  }
  if (at_step.empty()) return;
  out.back() = ']';
  out += ',';
}

}  // namespace

// Closed when the last line is written.
class QueryLog::File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() { ::close(fd_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  // In one call, so that lines of several threads stay whole.
  bool Append(const std::string& line) const {
    return ::write(fd_, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  }

 private:
  const int fd_;
};

Status QueryLog::Open(const std::string& path) {
  std::shared_ptr<File> file;
  if (!path.empty()) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (fd < 0) return ErrnoStatus("query log: open " + Quote(path), errno);
    file = std::make_shared<File>(fd);
  }
  const std::lock_guard lock(mutex_);
  file_ = std::move(file);
  enabled_ = file_ != nullptr;
  return {};
}

void QueryLog::Write(const promql::QueryIdentity& query, const promql::QueryStats& stats,
                     const Status& outcome) {
  std::shared_ptr<File> file;
  {
    const std::lock_guard lock(mutex_);
    file = file_;
  }
  if (!file) return;
  std::string line = "{\"time\":";
  AppendJsonString(line, Rfc3339(clock_.NowMs()));
  line += R"(,"level":"INFO","source":"engine","msg":"promql query logged","params":{"end":)";
  AppendJsonString(line, Rfc3339(query.end_ms));
  line += ",\"query\":";
  AppendJsonString(line, query.text);
  line += ",\"start\":";
  AppendJsonString(line, Rfc3339(query.start_ms));
  line += ",\"step\":";
  AppendInteger(line, query.step_ms / 1000);
  line += '}';
  if (!outcome.ok()) {
    line += ",\"error\":";
    AppendJsonString(line, outcome.message());
  }
  line += ",\"stats\":";
  AppendStats(line, stats);
  line += R"(,"spanID":"0000000000000000")";
  if (!query.origin.path.empty()) {
    line += ",\"httpRequest\":{\"clientIP\":";
    AppendJsonString(line, query.origin.client);
    line += ",\"method\":";
    AppendJsonString(line, query.origin.method);
    line += ",\"path\":";
    AppendJsonString(line, query.origin.path);
    line += '}';
  }
  line += "}\n";
  if (!file->Append(line)) ++failures_;
}

void AppendStats(std::string& out, const promql::QueryStats& stats) {
  const double evaluated = stats.prepare + stats.evaluate + stats.sort;
  out += "{\"timings\":{\"evalTotalTime\":";
  AppendApiDouble(out, evaluated);
  out += ",\"resultSortTime\":";
  AppendApiDouble(out, stats.sort);
  out += ",\"queryPreparationTime\":";
  AppendApiDouble(out, stats.prepare);
  out += ",\"innerEvalTime\":";
  AppendApiDouble(out, stats.evaluate);
  out += ",\"execQueueTime\":";
  AppendApiDouble(out, stats.queued);
  out += ",\"execTotalTime\":";
  AppendApiDouble(out, stats.queued + evaluated);
  out += "},\"samples\":{";
  AppendSteps(out, "totalQueryableSamplesPerStep", stats, stats.samples_at_step);
  out += "\"totalQueryableSamples\":";
  AppendUnsigned(out, stats.total_samples);
  out += ',';
  AppendSteps(out, "samplesReadPerStep", stats, stats.read_at_step);
  out += "\"samplesRead\":";
  AppendUnsigned(out, stats.samples_read);
  out += ",\"peakSamples\":";
  AppendUnsigned(out, stats.peak_samples);
  out += "}}";
}

}  // namespace narthex::server
