// Structured log lines on standard error, as logfmt or JSON:
//   time=2026-11-23T02:01:40.123Z level=INFO msg="listening" address=127.0.0.1:9090
//
//   Logger log(LogOptions{});
//   log.Info("listening", {{"address", address}});
//
// Copies are cheap and write to the same place; safe from many threads. Values are text: secrets
// are of types that do not convert to it.
#ifndef NARTHEX_COMMON_LOG_LOGGER_H_
#define NARTHEX_COMMON_LOG_LOGGER_H_

#include <concepts>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "common/bytes/numbers.h"
#include "common/status/status.h"

namespace narthex {

enum class LogLevel : unsigned char { kDebug, kInfo, kWarn, kError };
enum class LogFormat : unsigned char { kLogfmt, kJson };

// "debug", "info", "warn", "error"; "logfmt", "json". kInvalidArgument names the choices.
Result<LogLevel> ParseLogLevel(std::string_view text);
Result<LogFormat> ParseLogFormat(std::string_view text);

struct LogField {
  LogField(std::string_view field, std::string_view text) : name(field), value(text) {}
  LogField(std::string_view field, const std::string& text) : name(field), value(text) {}
  LogField(std::string_view field, const char* text) : name(field), value(text) {}
  LogField(std::string_view field, std::integral auto number)
      : name(field), value(std::to_string(number)) {}
  LogField(std::string_view field, double number) : name(field), value(ApiDouble(number)) {}
  LogField(std::string_view field, const Status& status) : name(field), value(status.message()) {}

  std::string_view name;
  std::string value;
};
using LogFields = std::initializer_list<LogField>;

struct LogOptions {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kLogfmt;
};

class Logger {
 public:
  explicit Logger(const LogOptions& options);
  // For tests: lines are appended to `sink`, which outlives the logger, without their time.
  Logger(const LogOptions& options, std::string* sink);

  void Debug(std::string_view message, LogFields fields = {}) const;
  void Info(std::string_view message, LogFields fields = {}) const;
  void Warn(std::string_view message, LogFields fields = {}) const;
  void Error(std::string_view message, LogFields fields = {}) const;

 private:
  class Backend;

  void Write(LogLevel level, std::string_view message, LogFields fields) const;

  LogOptions options_;
  std::shared_ptr<Backend> backend_;
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_LOG_LOGGER_H_
