#include "server/promql/scalar_functions.h"

#include <chrono>
#include <cmath>
#include <limits>
#include <numbers>

#include "server/promql/histogram_buckets.h"
#include "server/promql/kahan.h"

namespace narthex::promql {
namespace {

constexpr int64_t kSecondsADay = 86'400;

// Days and seconds of the day. What is no 64-bit number of seconds becomes 2^63 of them, which is
// what the reference makes of it.
struct Moment {
  int64_t days = 0;
  int64_t second = 0;
};

Moment MomentOf(double time_s) {
  constexpr double kBound = 9223372036854775808.0;
  constexpr uint64_t kBeyond = uint64_t{1} << 63;
  if (!(time_s > -kBound && time_s < kBound))
    return {static_cast<int64_t>(kBeyond / kSecondsADay),
            static_cast<int64_t>(kBeyond % kSecondsADay)};
  const auto whole = static_cast<int64_t>(time_s);
  int64_t days = whole / kSecondsADay;
  int64_t second = whole % kSecondsADay;
  if (second < 0) {
    --days;
    second += kSecondsADay;
  }
  return {days, second};
}

// A date of the proleptic Gregorian calendar.
struct Date {
  int64_t year = 0;
  int month = 0;  // 1 to 12
  int day = 0;    // 1 to 31
  int day_of_year = 0;
};

bool IsLeap(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

// From days since 1970-01-01: eras of 400 years, years that begin in March.
Date DateOf(int64_t days) {
  constexpr int64_t kDaysAnEra = 146'097;
  const int64_t shifted = days + 719'468;
  const int64_t era = (shifted >= 0 ? shifted : shifted - kDaysAnEra + 1) / kDaysAnEra;
  const int64_t in_era = shifted - era * kDaysAnEra;
  const int64_t year_of_era =
      (in_era - in_era / 1460 + in_era / 36'524 - in_era / (kDaysAnEra - 1)) / 365;
  const int64_t in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t march_month = (5 * in_year + 2) / 153;
  Date date;
  date.day = static_cast<int>(in_year - (153 * march_month + 2) / 5 + 1);
  date.month = static_cast<int>(march_month < 10 ? march_month + 3 : march_month - 9);
  date.year = year_of_era + era * 400 + (date.month <= 2 ? 1 : 0);
  constexpr int kMarchFirst = 59;
  date.day_of_year = static_cast<int>(
      date.month > 2 ? in_year + kMarchFirst + 1 + (IsLeap(date.year) ? 1 : 0) : in_year - 305);
  return date;
}

Date DateOf(double time_s) { return DateOf(MomentOf(time_s).days); }

}  // namespace

double Sign(double value) { return value < 0 ? -1 : value > 0 ? 1 : value; }
double Radians(double degrees) { return degrees * std::numbers::pi / 180; }
double Degrees(double radians) { return radians * 180 / std::numbers::pi; }

double Least(double a, double b) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (a == -kInfinity || b == -kInfinity) return -kInfinity;
  if (std::isnan(a) || std::isnan(b)) return std::nan("");
  if (a == 0 && a == b) return std::signbit(a) ? a : b;
  return a < b ? a : b;
}

double Greatest(double a, double b) { return -Least(-a, -b); }

double DaysInMonth(double time_s) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const Date date = DateOf(time_s);
  return kDays[date.month - 1] + (date.month == 2 && IsLeap(date.year) ? 1 : 0);
}

double DayOfMonth(double time_s) { return DateOf(time_s).day; }

double DayOfWeek(double time_s) {
  constexpr int kThursday = 4;  // 1970-01-01
  const auto day = (MomentOf(time_s).days + kThursday) % 7;
  return static_cast<double>(day < 0 ? day + 7 : day);
}

double DayOfYear(double time_s) { return DateOf(time_s).day_of_year; }
double Hour(double time_s) {
  const int64_t hour = MomentOf(time_s).second / 3600;
  return static_cast<double>(hour);
}
double Minute(double time_s) {
  const int64_t minute = MomentOf(time_s).second / 60 % 60;
  return static_cast<double>(minute);
}
double Month(double time_s) { return DateOf(time_s).month; }
double Year(double time_s) { return static_cast<double>(DateOf(time_s).year); }

double HistogramCount(const storage::Histogram& histogram) { return histogram.count; }
double HistogramSumOf(const storage::Histogram& histogram) { return histogram.sum; }
double HistogramAverage(const storage::Histogram& histogram) {
  return histogram.sum / histogram.count;
}

double HistogramVariance(const storage::Histogram& histogram) {
  const double mean = histogram.sum / histogram.count;
  KahanSum variance;
  for (const Bucket& bucket : AllBuckets(histogram)) {
    if (bucket.count == 0) continue;
    double middle = 0;
    if (histogram.custom()) {
      middle = (bucket.upper + bucket.lower) / 2;
    } else if (bucket.lower > 0 || bucket.upper < 0) {
      middle = std::sqrt(bucket.upper * bucket.lower);
      if (bucket.upper < 0) middle = -middle;
    }
    const double delta = middle - mean;
    variance.Add(bucket.count * delta * delta);
  }
  return variance.Result() / histogram.count;
}

double HistogramDeviation(const storage::Histogram& histogram) {
  return std::sqrt(HistogramVariance(histogram));
}

}  // namespace narthex::promql
