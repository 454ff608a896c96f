// What good practice says of families beyond their validity: names, units, suffixes, help. The
// rules are those of promlint, which promtool runs.
#ifndef NARTHEX_TOOL_METRICS_LINT_H_
#define NARTHEX_TOOL_METRICS_LINT_H_

#include <string>
#include <vector>

#include "common/openmetrics/model.h"

namespace narthex::tool {

struct LintFinding {
  std::string family;
  std::string text;  // what should be different

  friend bool operator<(const LintFinding& a, const LintFinding& b) {
    return a.family != b.family ? a.family < b.family : a.text < b.text;
  }
  friend bool operator==(const LintFinding& a, const LintFinding& b) {
    return a.family == b.family && a.text == b.text;
  }
};

// Sorted by family and text, each once.
std::vector<LintFinding> LintMetrics(const std::vector<openmetrics::MetricFamily>& families);

}  // namespace narthex::tool

#endif  // NARTHEX_TOOL_METRICS_LINT_H_
