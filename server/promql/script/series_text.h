// Series as test scripts write them: labels, then values that follow each other at a fixed
// interval.
//
//   requests{code="200"} 1 2+3x4 _ stale {{schema:1 count:3 sum:4 buckets:[1 2]}}
//
// The notation is that of promtool's unit tests.
#ifndef NARTHEX_SERVER_PROMQL_SCRIPT_SERIES_TEXT_H_
#define NARTHEX_SERVER_PROMQL_SCRIPT_SERIES_TEXT_H_

#include <string_view>
#include <vector>

#include "common/labels/label_set.h"
#include "common/status/status.h"
#include "server/storage/histogram.h"

namespace narthex::promql {

struct ScriptValue {
  bool omitted = false;
  double value = 0;
  storage::HistogramPtr histogram;  // null for a float
  bool hint_given = false;          // whether the histogram says counter_reset_hint
};

struct ScriptSeries {
  LabelSet labels;
  std::vector<ScriptValue> values;
};

inline constexpr size_t kMaxScriptValues = 1'000'000;  // of one series

Result<ScriptSeries> ParseScriptSeries(std::string_view line);

// Only the labels of a series: up{job="a"}, {}.
Result<LabelSet> ParseScriptLabels(std::string_view text);

// A number as scripts write it; inf and nan in any case.
bool ParseScriptNumber(std::string_view text, double& value);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_SCRIPT_SERIES_TEXT_H_
