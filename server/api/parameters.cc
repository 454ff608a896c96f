#include "server/api/parameters.h"

#include <chrono>
#include <cmath>

#include "common/bytes/numbers.h"

namespace narthex::server {
namespace {

constexpr double kMaxSeconds = 9'000'000'000'000;  // fits milliseconds in 64 bits, with room to add

// Takes fixed parts off the front of a text.
class DateReader {
 public:
  explicit DateReader(std::string_view text) : rest_(text) {}

  int Number(size_t digits) {
    const auto value = ParseUnsigned(rest_.substr(0, digits));
    if (!value || rest_.size() < digits) return Fail();
    rest_.remove_prefix(digits);
    return static_cast<int>(*value);
  }
  char Character(std::string_view choices) {
    if (rest_.empty() || choices.find(rest_[0]) == std::string_view::npos) {
      Fail();
      return '\0';
    }
    const char c = rest_[0];
    rest_.remove_prefix(1);
    return c;
  }
  bool At(char c) const { return !rest_.empty() && rest_[0] == c; }
  // Milliseconds of a fraction of any length.
  int64_t Fraction() {
    size_t digits = 0;
    int64_t ms = 0;
    for (; !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; ++digits, rest_.remove_prefix(1)) {
      if (digits < 3) ms = ms * 10 + (rest_[0] - '0');
    }
    if (digits == 0) Fail();
    for (size_t i = digits; i < 3; ++i) ms *= 10;
    return ms;
  }
  bool Done() const { return rest_.empty() && !failed_; }

 private:
  int Fail() {
    failed_ = true;
    return 0;
  }

  std::string_view rest_;
  bool failed_ = false;
};

Result<int64_t> ParseRfc3339(std::string_view text) {
  const Status bad = InvalidArgument("cannot parse ", Quote(text), " to a valid timestamp");
  DateReader date(text);
  const int year = date.Number(4);
  date.Character("-");
  const int month = date.Number(2);
  date.Character("-");
  const int day = date.Number(2);
  date.Character("Tt");
  const int hour = date.Number(2);
  date.Character(":");
  const int minute = date.Number(2);
  date.Character(":");
  const int second = date.Number(2);
  int64_t ms = 0;
  if (date.At('.')) {
    date.Character(".");
    ms = date.Fraction();
  }
  const char zone = date.Character("Zz+-");
  int64_t offset_minutes = 0;
  if (zone == '+' || zone == '-') {
    offset_minutes = 60 * date.Number(2);
    date.Character(":");
    offset_minutes += date.Number(2);
    if (zone == '-') offset_minutes = -offset_minutes;
  }
  const std::chrono::year_month_day calendar{std::chrono::year(year),
                                             std::chrono::month(static_cast<unsigned>(month)),
                                             std::chrono::day(static_cast<unsigned>(day))};
  if (!date.Done() || !calendar.ok() || hour > 23 || minute > 59 || second > 59) return bad;
  const int64_t days = std::chrono::sys_days(calendar).time_since_epoch().count();
  return (((days * 24 + hour) * 60 + minute - offset_minutes) * 60 + second) * 1000 + ms;
}

}  // namespace

Result<int64_t> ParseTime(std::string_view text) {
  const auto seconds = ParseDouble(text);
  if (!seconds) return ParseRfc3339(text);
  if (!(std::abs(*seconds) < kMaxSeconds))
    return InvalidArgument("time ", Quote(text), " is out of range");
  return static_cast<int64_t>(std::round(*seconds * 1000));
}

Result<Duration> ParseDurationParameter(std::string_view text) {
  const auto seconds = ParseDouble(text);
  if (!seconds) return ParseDuration(text);
  if (!(std::abs(*seconds) < kMaxSeconds))
    return InvalidArgument("duration ", Quote(text), " is out of range");
  return Duration{static_cast<int64_t>(*seconds * 1000)};
}

}  // namespace narthex::server
