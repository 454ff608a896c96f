// What a probe says on its way: kept for the page of the probe, and written to the log of the
// exporter, both from the level of --log.prober up.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_PROBE_LOG_H_
#define NARTHEX_EXPORTERS_BLACKBOX_PROBE_LOG_H_

#include <optional>
#include <string>

#include "common/log/logger.h"

namespace narthex::blackbox {

class ProbeLog {
 public:
  // Lines go to `next` too, which ends them with module and target; all are borrowed.
  ProbeLog(const LogOptions& options, const Logger& next, std::string_view module,
           std::string_view target)
      : options_(options), next_(next), module_(module), target_(target) {}

  bool shows(LogLevel level) const { return level >= options_.level; }

  void Debug(std::string_view message, LogFields fields = {}) {
    Write(LogLevel::kDebug, message, fields);
  }
  void Info(std::string_view message, LogFields fields = {}) {
    Write(LogLevel::kInfo, message, fields);
  }
  void Error(std::string_view message, LogFields fields = {}) {
    Write(LogLevel::kError, message, fields);
  }

  // A line for each, at most 64 kB.
  std::string& text() { return text_; }

 private:
  static constexpr size_t kMaxBytes = 64 << 10;

  void Write(LogLevel level, std::string_view message, LogFields fields);

  const LogOptions& options_;
  const Logger& next_;
  const std::string_view module_, target_;
  std::string text_;
  std::optional<Logger> own_;   // writes into text_
  std::optional<Logger> both_;  // of next_
};

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_PROBE_LOG_H_
