// The file of scrape_failure_log_file: a line of JSON for each scrape that fails.
//   {"time":"2026-11-27T18:10:00.123Z","level":"ERROR","msg":"connect: …","reason":"connect",
//    "job_name":"node","target":"http://h:9100/metrics"}
#ifndef NARTHEX_SERVER_SCRAPE_FAILURE_LOG_H_
#define NARTHEX_SERVER_SCRAPE_FAILURE_LOG_H_

#include <memory>
#include <string>

#include "common/clock/clock.h"
#include "server/scrape/scrape_failure.h"
#include "server/scrape/target.h"

namespace narthex::server {

// Safe from many threads.
class FailureLog {
 public:
  // Appends to the file, which is made where there is none. The clock outlives the log.
  static Result<std::shared_ptr<FailureLog>> Open(const std::string& path, const Clock& clock);
  ~FailureLog();
  FailureLog(const FailureLog&) = delete;
  FailureLog& operator=(const FailureLog&) = delete;

  Status Write(const Target& target, const ScrapeOutcome& outcome);

 private:
  FailureLog(int fd, std::string path, const Clock& clock)
      : fd_(fd), path_(std::move(path)), clock_(clock) {}

  const int fd_;
  const std::string path_;
  const Clock& clock_;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_SCRAPE_FAILURE_LOG_H_
