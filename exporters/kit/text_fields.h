// Readers of the kernel's text files: lines, and fields between blanks.
#ifndef NARTHEX_EXPORTERS_KIT_TEXT_FIELDS_H_
#define NARTHEX_EXPORTERS_KIT_TEXT_FIELDS_H_

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes/numbers.h"
#include "common/status/status.h"

namespace narthex::exporters {

// Gives the lines of a text one by one, without their ends.
//   LineReader lines(text);
//   while (const auto line = lines.Next()) …
class LineReader {
 public:
  explicit LineReader(std::string_view text) : rest_(text) {}

  std::optional<std::string_view> Next() {
    if (rest_.empty()) return std::nullopt;
    const size_t end = std::min(rest_.find('\n'), rest_.size());
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return line;
  }

 private:
  std::string_view rest_;
};

// Gives the fields of a line. The typed calls take the next field and give nothing where it is
// absent or not of that type.
class FieldReader {
 public:
  explicit FieldReader(std::string_view line) : rest_(line) {}

  // A loop of its own: find_first_of would search its list of blanks for each byte.
  std::optional<std::string_view> Next() {
    size_t begin = 0;
    while (begin < rest_.size() && IsBlank(rest_[begin])) ++begin;
    if (begin == rest_.size()) return std::nullopt;
    size_t end = begin;
    while (end < rest_.size() && !IsBlank(rest_[end])) ++end;
    const std::string_view field = rest_.substr(begin, end - begin);
    rest_.remove_prefix(end);
    return field;
  }
  std::optional<double> NextDouble() {
    const auto field = Next();
    return field ? ParseDouble(*field) : std::nullopt;
  }
  std::optional<uint64_t> NextUnsigned() {
    const auto field = Next();
    return field ? ParseUnsigned(*field) : std::nullopt;
  }

 private:
  static bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n'; }

  std::string_view rest_;
};

// Calls `take(name, number)` for each line of a name and a whole number, as ParseNamedNumbers()
// knows them, in the text's order. Allocates nothing.
template <typename Take>
void ForEachNamedNumber(std::string_view text, const Take& take) {
  LineReader lines(text);
  while (const auto line = lines.Next()) {
    FieldReader words(*line);
    const auto name = words.Next();
    const auto value = words.NextUnsigned();
    if (name && value) take(*name, *value);
  }
}

// Lines of a name and a whole number, as /proc/PID/io and the files of control groups have them;
// the last of a name counts, other lines are passed over. The names are parts of the text.
std::map<std::string_view, uint64_t> ParseNamedNumbers(std::string_view text);

// A kernel list of numbers: "0-3,7" gives 0 1 2 3 7, "0-8:4" gives 0 4 8, empty text gives none. At
// most 65,536 numbers.
Result<std::vector<uint64_t>> ParseNumberList(std::string_view text);

// The parts of a list with commas between them, without blanks around them and without empty ones.
std::vector<std::string> SplitList(std::string_view list);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_TEXT_FIELDS_H_
