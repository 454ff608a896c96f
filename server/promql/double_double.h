// Numbers of about 106 bits: the unevaluated sum of two doubles, the second no more than half a
// unit in the last place of the first. Sums of these may be added to and taken from in any order,
// which sums of doubles do not bear. Source: Dekker 1971; Joldes, Muller and Popescu 2017.
#ifndef NARTHEX_SERVER_PROMQL_DOUBLE_DOUBLE_H_
#define NARTHEX_SERVER_PROMQL_DOUBLE_DOUBLE_H_

#include <cmath>

namespace narthex::promql {

struct DoubleDouble {
  double high = 0;
  double low = 0;

  // The exact sum of two doubles, and their exact product unless that is near the ends of what a
  // double can hold.
  static DoubleDouble Sum(double a, double b) {
    const double sum = a + b;
    const double of_b = sum - a;
    return {sum, (a - (sum - of_b)) + (b - of_b)};
  }
  static DoubleDouble Product(double a, double b) {
    const double product = a * b;
    return {product, std::fma(a, b, -product)};
  }

  void Add(double value) {
    const DoubleDouble sum = Sum(high, value);
    *this = Ordered(sum.high, sum.low + low);
  }
  void Add(DoubleDouble other) {
    const DoubleDouble sum = Sum(high, other.high);
    const DoubleDouble rest = Sum(low, other.low);
    const DoubleDouble joined = Ordered(sum.high, sum.low + rest.high);
    *this = Ordered(joined.high, joined.low + rest.low);
  }
  DoubleDouble operator-() const { return {-high, -low}; }
  DoubleDouble Times(double factor) const {
    const DoubleDouble product = Product(high, factor);
    return Ordered(product.high, std::fma(low, factor, product.low));
  }
  DoubleDouble Squared() const {
    const DoubleDouble square = Product(high, high);
    return Ordered(square.high, std::fma(2 * high, low, square.low));
  }
  DoubleDouble Over(double divisor) const {
    const double quotient = high / divisor;
    const double rest = std::fma(-quotient, divisor, high) + low;
    return Ordered(quotient, rest / divisor);
  }

 private:
  // The sum, where the first is the greater.
  static DoubleDouble Ordered(double high, double low) {
    const double sum = high + low;
    return {sum, low - (sum - high)};
  }
};

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_DOUBLE_DOUBLE_H_
