#include "exporters/kit/sql/session.h"

#include <algorithm>
#include <cmath>

#include "common/bytes/numbers.h"

namespace narthex::exporters {
namespace {

bool IsTrue(std::string_view text) { return text == "t" || text == "true" || text == "1"; }

// Reads digits from the front.
std::optional<int> TakeNumber(std::string_view& text, size_t min_digits, size_t max_digits) {
  size_t digits = 0;
  int value = 0;
  while (digits < text.size() && digits < max_digits && text[digits] >= '0' && text[digits] <= '9')
    value = value * 10 + (text[digits++] - '0');
  if (digits < min_digits) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

bool Take(std::string_view& text, char wanted) {
  if (!text.starts_with(wanted)) return false;
  text.remove_prefix(1);
  return true;
}

// Days since 1970-01-01; nothing where there is no such day.
std::optional<double> TakeDate(std::string_view& text) {
  const auto year = TakeNumber(text, 4, 6);
  if (!year || !Take(text, '-')) return std::nullopt;
  const auto month = TakeNumber(text, 2, 2);
  if (!month || !Take(text, '-')) return std::nullopt;
  const auto day = TakeNumber(text, 2, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (*year > 32'767 || !date.ok()) return std::nullopt;
  return static_cast<double>(std::chrono::sys_days(date).time_since_epoch().count());
}

// Seconds of "05:16:31.25"; seconds may be absent.
std::optional<double> TakeClock(std::string_view& text) {
  const auto hours = TakeNumber(text, 2, 2);
  if (!hours || !Take(text, ':')) return std::nullopt;
  const auto minutes = TakeNumber(text, 2, 2);
  if (!minutes) return std::nullopt;
  double seconds = *hours * 3600.0 + *minutes * 60.0;
  if (!Take(text, ':')) return seconds;
  const auto whole = TakeNumber(text, 2, 2);
  if (!whole) return std::nullopt;
  seconds += *whole;
  if (!Take(text, '.')) return seconds;
  size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
  const auto part = ParseDouble("0." + std::string(text.substr(0, digits)));
  if (digits == 0 || !part) return std::nullopt;
  text.remove_prefix(digits);
  return seconds + *part;
}

}  // namespace

Status QueryBounds::Check() const {
  if (cancelled && cancelled->load(std::memory_order_relaxed))
    return Cancelled("nobody waits for the answer any more");
  if (std::chrono::steady_clock::now() >= deadline) return Timeout("not done in time");
  return {};
}

Duration QueryBounds::NextLook() const {
  constexpr int64_t kMostMs = 100;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      deadline - std::chrono::steady_clock::now());
  return {std::clamp<int64_t>(left.count() + 1, 0, kMostMs)};
}

QueryBounds QueryBounds::Within(Duration timeout) const {
  QueryBounds bounds = *this;
  bounds.deadline =
      std::min(deadline, std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout.ms));
  return bounds;
}

std::optional<double> SqlRow::Number(size_t column) const {
  const auto value = text(column);
  if (!value) return std::nullopt;
  switch (kind(column)) {
    case ValueKind::kBool:
      return IsTrue(*value) ? 1 : 0;
    case ValueKind::kTime:
      return ParseSqlTime(*value);
    case ValueKind::kText:
      break;
  }
  return ParseDouble(*value);
}

std::string SqlRow::Label(size_t column) const {
  const auto value = text(column);
  if (!value) return {};
  if (kind(column) == ValueKind::kBool) return IsTrue(*value) ? "true" : "false";
  if (kind(column) == ValueKind::kTime) {
    if (const auto time = ParseSqlTime(*value)) return ApiDouble(std::floor(*time));
  }
  return std::string(*value);
}

std::string SqlSession::Version::ToString() const {
  std::string text;
  AppendInteger(text, major);
  AppendInteger(text += '.', minor);
  AppendInteger(text += '.', patch);
  return text;
}

std::optional<double> ParseSqlTime(std::string_view text) {
  constexpr double kSecondsOfDay = 86'400;
  const auto days = TakeDate(text);
  if (!days) return std::nullopt;
  double seconds = *days * kSecondsOfDay;
  if (text.empty()) return seconds;
  if (!Take(text, ' ') && !Take(text, 'T')) return std::nullopt;
  const auto clock = TakeClock(text);
  if (!clock) return std::nullopt;
  seconds += *clock;
  if (text.empty() || text == "Z") return seconds;
  const double sign = text[0] == '-' ? -1 : 1;
  if (!Take(text, '+') && !Take(text, '-')) return std::nullopt;
  const auto hours = TakeNumber(text, 2, 2);
  if (!hours) return std::nullopt;
  double offset = *hours * 3600.0;
  for (const double unit : {60.0, 1.0}) {
    if (!Take(text, ':')) break;
    const auto part = TakeNumber(text, 2, 2);
    if (!part) return std::nullopt;
    offset += *part * unit;
  }
  if (!text.empty()) return std::nullopt;
  return seconds - sign * offset;
}

}  // namespace narthex::exporters
