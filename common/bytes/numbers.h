// Numbers as text, free of locale. Printing is the shortest text that reads back as the same
// value, in the three layouts that the field's formats use; parsing takes what they accept.
#ifndef NARTHEX_COMMON_BYTES_NUMBERS_H_
#define NARTHEX_COMMON_BYTES_NUMBERS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace narthex {

// Appends `value` as exposition formats do: exponent from 1e+06 up and below 1e-04, at least two
// exponent digits; "+Inf", "-Inf", "NaN".
void AppendExpositionDouble(std::string& out, double value);

// Appends `value` as the HTTP API does: plain digits from 1e-06 up to 1e+21, else an exponent.
void AppendApiDouble(std::string& out, double value);

std::string ExpositionDouble(double value);
std::string ApiDouble(double value);

// Appends an integer in decimal.
void AppendInteger(std::string& out, int64_t value);
void AppendUnsigned(std::string& out, uint64_t value);

// A whole text as a float64: decimal or hexadecimal ("0x1p-2") float, optional sign, and in any
// case "inf", "infinity", "nan". Out of range gives infinity or zero, as IEEE rounds. Nothing on
// other text, spaces and underscores included.
std::optional<double> ParseDouble(std::string_view text);

// The decimal number at the front of a text, read as std::from_chars would, but at a third of the
// cost where it has up to 15 digits or so, as most samples do. Returns where it ends; null where
// there is none or its value is not finite.
const char* ReadDouble(const char* begin, const char* end, double& value);

// A whole text as a decimal integer in range.
std::optional<int64_t> ParseInteger(std::string_view text);
std::optional<uint64_t> ParseUnsigned(std::string_view text);

}  // namespace narthex

#endif  // NARTHEX_COMMON_BYTES_NUMBERS_H_
