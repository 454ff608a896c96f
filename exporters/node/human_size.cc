#include "exporters/node/human_size.h"

#include <cmath>

#include "common/bytes/numbers.h"

namespace narthex::exporters {
namespace {

constexpr double kStep = 1024;
constexpr double kBcacheFraction = 10.24;

// Takes the unit off the end: its size, 1 where there is none.
double TakeUnit(std::string_view& text) {
  constexpr std::string_view kUnits = "kMGTPEZY";
  const size_t unit = text.empty() ? std::string_view::npos : kUnits.find(text.back());
  if (unit == std::string_view::npos) return 1;
  text.remove_suffix(1);
  return std::pow(kStep, static_cast<double>(unit + 1));
}

}  // namespace

std::optional<double> ParseBcacheSize(std::string_view text) {
  const bool negative = text.substr(0, 1) == "-";
  if (negative) text.remove_prefix(1);
  const double unit = TakeUnit(text);
  const size_t point = text.find('.');
  const auto whole = ParseUnsigned(text.substr(0, point));
  if (!whole) return std::nullopt;
  auto size = static_cast<double>(*whole);
  if (point != std::string_view::npos) {
    const auto fraction = ParseUnsigned(text.substr(point + 1));
    if (!fraction) return std::nullopt;
    size += static_cast<double>(*fraction) / kBcacheFraction;
  }
  size = std::trunc(size * unit);
  return negative ? -size : size;
}

std::optional<double> ParseBcachefsSize(std::string_view text) {
  const double unit = TakeUnit(text);
  const auto size = ParseDouble(text);
  if (!size || !std::isfinite(*size) || *size < 0) return std::nullopt;
  return std::trunc(*size * unit);
}

}  // namespace narthex::exporters
