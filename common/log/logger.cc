#include "common/log/logger.h"

#include <Poco/ConsoleChannel.h>
#include <Poco/DateTimeFormatter.h>
#include <Poco/Message.h>
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <mutex>

namespace narthex {
namespace {

constexpr std::string_view kLevelNames[] = {"DEBUG", "INFO", "WARN", "ERROR"};

void AppendJsonString(std::string& out, std::string_view text) {
  out += '"';
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

// A logfmt value is bare where that is unambiguous.
void AppendLogfmtValue(std::string& out, std::string_view text) {
  const bool bare = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c != '"' && c != '=' && c != '\\' && c != 0x7f;
  });
  if (bare) {
    out += text;
  } else {
    AppendJsonString(out, text);
  }
}

class Line {
 public:
  explicit Line(LogFormat format) : json_(format == LogFormat::kJson) {
    if (json_) text_ += '{';
  }

  void Add(std::string_view name, std::string_view value) {
    if (!first_) text_ += json_ ? ',' : ' ';
    first_ = false;
    if (json_) {
      AppendJsonString(text_, name);
      text_ += ':';
      AppendJsonString(text_, value);
    } else {
      text_ += name;
      text_ += '=';
      AppendLogfmtValue(text_, value);
    }
  }

  std::string Finish() && {
    if (json_) text_ += '}';
    return std::move(text_);
  }

 private:
  bool json_;
  bool first_ = true;
  std::string text_;
};

template <typename T, size_t kCount>
Result<T> Choose(std::string_view text, std::string_view what,
                 const std::string_view (&names)[kCount]) {
  const auto found = std::find(std::begin(names), std::end(names), text);
  if (found == std::end(names)) {
    return InvalidArgument("unknown ", what, " ", Quote(text), ", want one of ",
                           fmt::format("{}", fmt::join(names, ", ")));
  }
  return static_cast<T>(found - std::begin(names));
}

}  // namespace

Result<LogLevel> ParseLogLevel(std::string_view text) {
  constexpr std::string_view kNames[] = {"debug", "info", "warn", "error"};
  return Choose<LogLevel>(text, "log level", kNames);
}

Result<LogFormat> ParseLogFormat(std::string_view text) {
  constexpr std::string_view kNames[] = {"logfmt", "json"};
  return Choose<LogFormat>(text, "log format", kNames);
}

class Logger::Backend {
 public:
  explicit Backend(std::string* sink)
      : sink_(sink), console_(new Poco::ConsoleChannel(std::cerr)) {}

  bool shows_time() const { return sink_ == nullptr; }

  void Write(const std::string& line) {
    if (sink_ == nullptr) {
      console_->log(Poco::Message("", line, Poco::Message::PRIO_INFORMATION));
      return;
    }
    const std::lock_guard lock(mutex_);
    *sink_ += line + '\n';
  }

 private:
  std::string* sink_;
  std::mutex mutex_;
  Poco::AutoPtr<Poco::Channel> console_;
};

Logger::Logger(const LogOptions& options) : Logger(options, nullptr) {}

Logger::Logger(const LogOptions& options, std::string* sink)
    : options_(options), backend_(std::make_shared<Backend>(sink)) {}

void Logger::Debug(std::string_view message, LogFields fields) const {
  Write(LogLevel::kDebug, message, fields);
}
void Logger::Info(std::string_view message, LogFields fields) const {
  Write(LogLevel::kInfo, message, fields);
}
void Logger::Warn(std::string_view message, LogFields fields) const {
  Write(LogLevel::kWarn, message, fields);
}
void Logger::Error(std::string_view message, LogFields fields) const {
  Write(LogLevel::kError, message, fields);
}

void Logger::Write(LogLevel level, std::string_view message, LogFields fields) const {
  if (level < options_.level) return;
  Line line(options_.format);
  if (backend_->shows_time()) {
    line.Add("time", Poco::DateTimeFormatter::format(Poco::Timestamp(), "%Y-%m-%dT%H:%M:%S.%iZ"));
  }
  line.Add("level", kLevelNames[static_cast<size_t>(level)]);
  line.Add("msg", message);
  for (const LogField& field : fields) line.Add(field.name, field.value);
  backend_->Write(std::move(line).Finish());
}

}  // namespace narthex
