// The parts of a line that text and OpenMetrics write alike.
#ifndef NARTHEX_COMMON_OPENMETRICS_SAMPLE_LINE_H_
#define NARTHEX_COMMON_OPENMETRICS_SAMPLE_LINE_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/openmetrics/model.h"

namespace narthex::openmetrics {

// Appends the name, between quotes where it is not legacy.
void AppendName(std::string& out, std::string_view name);

// Appends a # HELP line's text: backslash and line feed escaped, double quotes if asked for.
void AppendHelpText(std::string& out, std::string_view help, bool escape_quotes);

// One more label at the end of a line's: le, quantile, or a state's name.
struct ExtraLabel {
  std::string_view name;  // empty for none
  std::string_view value;
};

// Appends name and suffix with all labels, as the identity of a sample: name_sum{a="b"}, or where
// the name needs quotes {"my.name_sum",a="b"}.
void AppendSeries(std::string& out, std::string_view name, std::string_view suffix,
                  const std::vector<LabelPair>& labels, ExtraLabel extra);

// The classic buckets of a histogram with a last one at +Inf, for formats that know no others: its
// own; else what its custom buckets count; else none but +Inf, if its count is known.
std::vector<Bucket> ClassicBuckets(const HistogramPoint& histogram);

}  // namespace narthex::openmetrics

#endif  // NARTHEX_COMMON_OPENMETRICS_SAMPLE_LINE_H_
