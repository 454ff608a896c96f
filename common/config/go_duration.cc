#include "common/config/go_duration.h"

#include <algorithm>
#include <cmath>

#include "common/bytes/numbers.h"

namespace narthex {
namespace {

struct Unit {
  std::string_view name;
  double ns;
};
// Of the two letters for "micro", either.
constexpr Unit kUnits[] = {{"ns", 1},   {"us", 1e3}, {"\xc2\xb5s", 1e3}, {"\xce\xbcs", 1e3},
                           {"ms", 1e6}, {"s", 1e9},  {"m", 60e9},        {"h", 3600e9}};

}  // namespace

Status FromText(std::string_view text, GoDuration& duration) {
  constexpr double kMaxNs = 9.2e18;
  constexpr std::string_view kDigits = "0123456789.";
  const std::string_view whole = text;
  double ns = 0;
  bool right = !text.empty();
  if (text == "0") text = {};
  while (!text.empty() && right) {
    const size_t digits = std::min(text.find_first_not_of(kDigits), text.size());
    const auto number = ParseDouble(text.substr(0, digits));
    text.remove_prefix(digits);
    const std::string_view name =
        text.substr(0, std::min(text.find_first_of(kDigits), text.size()));
    const auto* const unit = std::find_if(std::begin(kUnits), std::end(kUnits),
                                          [name](const Unit& u) { return u.name == name; });
    right = number && unit != std::end(kUnits);
    if (right) ns += *number * unit->ns;
    text.remove_prefix(name.size());
  }
  if (!right || !(ns < kMaxNs))
    return InvalidArgument("want a duration such as 5s, 1.5s or 1m30s, got ", Quote(whole));
  duration.ns = std::llround(ns);
  return {};
}

std::string ToText(GoDuration duration) {
  if (duration.ns == 0) return "0s";
  const auto in = [](int64_t ns, double unit_ns) {
    return ApiDouble(static_cast<double>(ns) / unit_ns);
  };
  if (duration.ns < 1'000) return in(duration.ns, 1) + "ns";
  if (duration.ns < 1'000'000) return in(duration.ns, 1e3) + "\xc2\xb5s";
  if (duration.ns < 1'000'000'000) return in(duration.ns, 1e6) + "ms";
  std::string text;
  int64_t left = duration.ns;
  const auto take = [&](int64_t unit_ns, char name) {
    if (left >= unit_ns || !text.empty()) text += std::to_string(left / unit_ns) + name;
    left %= unit_ns;
  };
  take(3'600'000'000'000, 'h');
  take(60'000'000'000, 'm');
  return text + in(left, 1e9) + "s";
}

}  // namespace narthex
