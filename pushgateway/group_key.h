// The group that a push goes to, as the path of its URL names it:
//
//   /metrics/job/JOB{/LABEL/VALUE}
//
// where "@base64" after "job" or a label's name says that the value is in base64url, padding
// optional; a value that is empty or holds a slash needs it. Semantics follow pushgateway 1.11.
#ifndef NARTHEX_PUSHGATEWAY_GROUP_KEY_H_
#define NARTHEX_PUSHGATEWAY_GROUP_KEY_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/openmetrics/model.h"
#include "common/status/status.h"

namespace narthex::pushgateway {

using openmetrics::LabelPair;

// The grouping labels: sorted, names differ, values valid UTF-8, a job that is not empty. Other
// values may be empty, which is not the same group as one without that label.
class GroupKey {
 public:
  // kInvalidArgument says which label is why not. Of labels with one name the last stands, but for
  // `job`, which stands over all.
  static Result<GroupKey> Of(std::string_view job, std::vector<LabelPair> labels);

  const std::vector<LabelPair>& labels() const { return labels_; }
  // Null when there is no such label.
  const LabelPair* Find(std::string_view name) const;
  std::string_view job() const { return Find("job")->value; }

  // {instance="a",job="b"}
  std::string ToString() const { return ShowLabels(labels_); }

  // A path that ParseGroupPath reads as this key with the same `utf8_names`, if it can.
  std::string ToPath(bool utf8_names) const;

  friend bool operator==(const GroupKey& a, const GroupKey& b) { return a.labels_ == b.labels_; }
  friend bool operator<(const GroupKey& a, const GroupKey& b) { return a.labels_ < b.labels_; }

  static std::string ShowLabels(const std::vector<LabelPair>& labels);

 private:
  std::vector<LabelPair> labels_;
};

// `path` is what follows "/metrics/", decoded: "job/some_job/instance/some_instance".
// `utf8_names`: label names may be any UTF-8, and "U__" before one says that it is escaped.
Result<GroupKey> ParseGroupPath(std::string_view path, bool utf8_names);

}  // namespace narthex::pushgateway

#endif  // NARTHEX_PUSHGATEWAY_GROUP_KEY_H_
