// A push between its body and the store: checked in itself, and rendered once, so that storing is
// a swap and /metrics a concatenation.
#ifndef NARTHEX_PUSHGATEWAY_PUSH_H_
#define NARTHEX_PUSHGATEWAY_PUSH_H_

#include <absl/container/inlined_vector.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/openmetrics/model.h"
#include "common/status/status.h"
#include "pushgateway/group_key.h"

namespace narthex::pushgateway {

using openmetrics::MetricFamily;

// What the store itself adds to each group; pushed metrics of these names are dropped.
inline constexpr std::string_view kPushTime = "push_time_seconds";
inline constexpr std::string_view kPushTimeHelp =
    "Unix time of the last push to this group that was taken.";
inline constexpr std::string_view kPushFailureTime = "push_failure_time_seconds";
inline constexpr std::string_view kPushFailureTimeHelp =
    "Unix time of the last push to this group that was refused.";

// Stands for the name and labels of a metric: a hash with a seed that changes with each start, so
// that nobody can prepare two that meet.
using SeriesId = uint64_t;
SeriesId IdOf(std::string_view name, const std::vector<LabelPair>& labels);

// One family of a push, with the labels that its samples have in the end.
struct PreparedFamily {
  std::string name;
  openmetrics::Type type = openmetrics::Type::kUnknown;
  std::string help;
  std::string text;  // sample lines in text format 1.0.0
  std::string
      exact;  // the family as a delimited protobuf message, where text does not carry it all
  absl::InlinedVector<SeriesId, 1> series;  // of its metrics, in the order of `text`
  bool utf8_names = false;                  // a name in it is not legacy
  int64_t time_ms = 0;                      // of the push, set by who stores it
};

// The labels that a metric of a group has in the end: those of the group override its own, and
// where there is no `instance` it becomes the empty one, so that a scrape adds none.
std::vector<LabelPair> FinalLabels(std::vector<LabelPair> labels, const GroupKey& key);

// The families sorted by name. kInvalidArgument names family and labels of what cannot be exposed:
// a timestamp, a reserved or repeated label, a metric that is there twice.
Result<std::vector<PreparedFamily>> Prepare(std::vector<MetricFamily> families,
                                            const GroupKey& key);

// The family back as a model.
MetricFamily Restore(std::string_view name, openmetrics::Type type, std::string_view help,
                     std::string_view text, std::string_view exact);

}  // namespace narthex::pushgateway

#endif  // NARTHEX_PUSHGATEWAY_PUSH_H_
