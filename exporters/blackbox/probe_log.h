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
  // Lines go to `next` too, there with module and target; all are borrowed.
  ProbeLog(const LogOptions& options, const Logger& next, std::string_view module,
           std::string_view target)
      : options_(options), next_(next), module_(module), target_(target) {}

  bool shows(LogLevel level) const { return level >= options_.level; }

  // Fields are LogFields: Debug("resolved", LogField("host", host)).
  template <typename... Fields>
  void Debug(std::string_view message, const Fields&... fields) {
    if (Takes(LogLevel::kDebug)) {
      own_->Debug(message, {fields...});
      next_.Debug(message, {fields..., LogField("module", module_), LogField("target", target_)});
    }
  }
  template <typename... Fields>
  void Info(std::string_view message, const Fields&... fields) {
    if (Takes(LogLevel::kInfo)) {
      own_->Info(message, {fields...});
      next_.Info(message, {fields..., LogField("module", module_), LogField("target", target_)});
    }
  }
  template <typename... Fields>
  void Error(std::string_view message, const Fields&... fields) {
    if (Takes(LogLevel::kError)) {
      own_->Error(message, {fields...});
      next_.Error(message, {fields..., LogField("module", module_), LogField("target", target_)});
    }
  }

  // A line for each, about 64 kB at most.
  std::string& text() { return text_; }

 private:
  static constexpr size_t kMaxBytes = 64 << 10;

  // Makes own_ at the first line. A target that talks without end fills no memory, neither here nor
  // in the log.
  bool Takes(LogLevel level) {
    if (!shows(level) || (text_.size() > kMaxBytes && level != LogLevel::kError)) return false;
    if (!own_) own_.emplace(options_, &text_);
    return true;
  }

  const LogOptions& options_;
  const Logger& next_;
  const std::string_view module_, target_;
  std::string text_;
  std::optional<Logger> own_;  // writes into text_
};

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_PROBE_LOG_H_
