#include "server/scrape/failure_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "common/http_server/json_response.h"

namespace narthex::server {

Result<std::shared_ptr<FailureLog>> FailureLog::Open(const std::string& path, const Clock& clock) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (fd < 0) return ErrnoStatus("open " + Quote(path), errno);
  return std::shared_ptr<FailureLog>(new FailureLog(fd, path, clock));
}

FailureLog::~FailureLog() { ::close(fd_); }

Status FailureLog::Write(const Target& target, const ScrapeOutcome& outcome) {
  std::string line = "{\"time\":";
  AppendJsonString(line, Rfc3339(clock_.NowMs()));
  line += ",\"level\":\"ERROR\",\"msg\":";
  AppendJsonString(line, outcome.status.message());
  line += ",\"reason\":";
  AppendJsonString(line, FailureName(outcome.reason));
  line += ",\"job_name\":";
  AppendJsonString(line, target.job());
  line += ",\"target\":";
  AppendJsonString(line, target.url());
  line += "}\n";
  // One call, so that lines of several threads stay whole.
  const ssize_t written = ::write(fd_, line.data(), line.size());
  if (written < 0) return ErrnoStatus("write " + Quote(path_), errno);
  if (static_cast<size_t>(written) != line.size()) return Unavailable("write ", path_, ": cut");
  return {};
}

}  // namespace narthex::server
