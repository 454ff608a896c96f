#include "exporters/blackbox/probe_log.h"

namespace narthex::blackbox {
namespace {

void Put(const Logger& logger, LogLevel level, std::string_view message, LogFields fields) {
  switch (level) {
    case LogLevel::kDebug:
      return logger.Debug(message, fields);
    case LogLevel::kInfo:
      return logger.Info(message, fields);
    case LogLevel::kWarn:
      return logger.Warn(message, fields);
    case LogLevel::kError:
      return logger.Error(message, fields);
  }
}

}  // namespace

void ProbeLog::Write(LogLevel level, std::string_view message, LogFields fields) {
  if (!shows(level)) return;
  if (!own_) {
    own_.emplace(options_, &text_);
    both_ = next_.With({{"module", module_}, {"target", target_}});
  }
  // A target that talks without end fills no memory, neither here nor in the log.
  if (text_.size() > kMaxBytes && level != LogLevel::kError) return;
  Put(*own_, level, message, fields);
  Put(*both_, level, message, fields);
}

}  // namespace narthex::blackbox
