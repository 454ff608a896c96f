// What the documentation says of native histograms, done the plainest way.
#ifndef NARTHEX_TESTS_PROMQL_NAIVE_HIST_H_
#define NARTHEX_TESTS_PROMQL_NAIVE_HIST_H_

#include <optional>
#include <vector>

#include "tests/promql/naive/value.h"

namespace narthex::naive {

struct Bucket {
  double lower;
  double upper;
  double count;
  bool zero = false;
};

// Those that count something, ascending.
std::vector<Bucket> Buckets(const Hist& hist);

// a + sign * b; nothing where custom and exponential buckets meet.
std::optional<Hist> Combine(const Hist& a, const Hist& b, double sign);
Hist Scale(Hist hist, double factor);
Hist DropEmpty(Hist hist);

// Whether a counter of histograms began anew between the two.
bool BeganAnew(const Hist& now, const Hist& before);
bool SameHist(const Hist& a, const Hist& b);
bool NearHist(const Hist& a, const Hist& b);

// What is left of a histogram up to a bound, or from it on; buckets across are cut where their
// observations are taken to lie. The sum is estimated anew unless nothing goes.
Hist Trim(const Hist& hist, double bound, bool upper);

double HistQuantile(double quantile, const Hist& hist);
double HistFraction(double lower, double upper, const Hist& hist);
double HistVariance(const Hist& hist);

}  // namespace narthex::naive

#endif  // NARTHEX_TESTS_PROMQL_NAIVE_HIST_H_
