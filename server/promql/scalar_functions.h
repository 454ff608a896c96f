// Functions of one number or one histogram.
#ifndef NARTHEX_SERVER_PROMQL_SCALAR_FUNCTIONS_H_
#define NARTHEX_SERVER_PROMQL_SCALAR_FUNCTIONS_H_

#include "server/storage/histogram.h"

namespace narthex::promql {

double Sign(double value);  // of zero and NaN, these themselves
double Radians(double degrees);
double Degrees(double radians);

// As IEEE's minimum and maximum: NaN unless the other is the infinity that wins anyway.
double Least(double a, double b);
double Greatest(double a, double b);

// Of a Unix time in seconds, in UTC.
double DaysInMonth(double time_s);
double DayOfMonth(double time_s);
double DayOfWeek(double time_s);  // Sunday is 0
double DayOfYear(double time_s);
double Hour(double time_s);
double Minute(double time_s);
double Month(double time_s);
double Year(double time_s);

double HistogramCount(const storage::Histogram& histogram);
double HistogramSumOf(const storage::Histogram& histogram);
double HistogramAverage(const storage::Histogram& histogram);
// Estimated, each bucket's observations taken to be at its middle.
double HistogramVariance(const storage::Histogram& histogram);
double HistogramDeviation(const storage::Histogram& histogram);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_SCALAR_FUNCTIONS_H_
