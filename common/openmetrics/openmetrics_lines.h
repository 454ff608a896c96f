// The lines of an OpenMetrics 1.0.0 exposition, by the letter of its ABNF:
// https://github.com/OpenObservability/OpenMetrics/blob/main/specification/OpenMetrics.md#abnf
// What lines mean together is openmetrics_reader.cc's part.
#ifndef NARTHEX_COMMON_OPENMETRICS_OPENMETRICS_LINES_H_
#define NARTHEX_COMMON_OPENMETRICS_OPENMETRICS_LINES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/openmetrics/format.h"
#include "common/openmetrics/model.h"
#include "common/openmetrics/text_cursor.h"
#include "common/status/status.h"

namespace narthex::openmetrics {

// A decimal number of any size and precision, for an exact order of timestamps: digits without
// zeros at the ends, the first of which stands for 10^exponent.
class Decimal {
 public:
  // `text` is a realnumber of the ABNF.
  explicit Decimal(std::string_view text);

  // Below, equal or above zero as *this is less than, equal to or greater than `other`.
  int Compare(const Decimal& other) const;

 private:
  bool negative_ = false;
  int64_t exponent_ = 0;
  std::string digits_;  // none for zero
};

struct OpenMetricsTimestamp {
  Decimal seconds;
  int64_t ms;  // the nearest
};

// One line; which members it fills depends on its kind.
struct OpenMetricsLine {
  enum class Kind : unsigned char { kType, kHelp, kUnit, kSample, kEof };

  Kind kind = Kind::kEof;
  std::string name;  // of the family, or of the sample
  std::string text;  // type, unescaped help, or unit; may be empty

  std::vector<LabelPair> labels;  // sorted
  double value = 0;
  std::optional<OpenMetricsTimestamp> timestamp;
  std::optional<Exemplar> exemplar;
};

// Reads lines one by one up to # EOF, after which nothing may come.
class OpenMetricsLines {
 public:
  // With NameScheme::kUtf8 names may be quoted, which the standard does not know yet.
  OpenMetricsLines(std::string_view body, NameScheme names) : cursor_{body}, names_(names) {}

  // kCorruption: "line:column: finding".
  Status Next(OpenMetricsLine& line);

  // Where the last line begins, for an error found later; and the error.
  size_t line_start() const { return cursor_.line_start; }
  Status Fail(size_t line_start, std::string_view finding);

 private:
  Status ReadDescriptor(OpenMetricsLine& line);
  Status ReadText(OpenMetricsLine& line);
  Status ReadSample(OpenMetricsLine& line);
  Status ReadLabels(std::vector<LabelPair>& labels, std::string* name);
  Status ReadLabel(std::vector<LabelPair>& labels, std::string* name);
  Result<double> ReadNumber();
  Result<OpenMetricsTimestamp> ReadTimestamp();
  Status ReadExemplar(OpenMetricsLine& line);
  Result<std::string> TakeQuotedText(std::string_view what);

  TextCursor cursor_;
  NameScheme names_;
};

}  // namespace narthex::openmetrics

#endif  // NARTHEX_COMMON_OPENMETRICS_OPENMETRICS_LINES_H_
