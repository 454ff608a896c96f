// What has been pushed: groups of families, and an index over them that keeps the whole of
// /metrics consistent. A change costs as much as what it brings and replaces, however much is
// stored.
//
// At any time: families of one name have one type, in all groups and in the program's own metrics;
// no name is that of a sample of another family (h_count beside a histogram h); no two metrics have
// the same name and labels. A push that would break this is refused whole.
#ifndef NARTHEX_PUSHGATEWAY_STORE_H_
#define NARTHEX_PUSHGATEWAY_STORE_H_

#include <absl/container/btree_map.h>
#include <absl/container/btree_set.h>
#include <absl/container/flat_hash_map.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock/clock.h"
#include "common/openmetrics/model.h"
#include "common/status/status.h"
#include "pushgateway/log_record.h"
#include "pushgateway/push.h"
#include "pushgateway/push_log.h"
#include "pushgateway/push_shape.h"

namespace narthex::pushgateway {

// A family of one group as it is stored.
struct FamilyView {
  std::string name;
  openmetrics::Type type = openmetrics::Type::kUnknown;
  std::string help;
  int64_t time_ms = 0;  // of the push that brought it
  std::string text;
  std::string exact;
};

struct GroupView {
  GroupKey key;
  GroupTimes times;
  size_t family_count = 0;
  size_t series_count = 0;
  std::vector<FamilyView> families;  // sorted by name; those of the times are not among them
};

// Safe from many threads.
class Store {
 public:
  using OwnTypes = std::map<std::string, openmetrics::Type, std::less<>>;

  // `own` are the families that the program shows of itself. `log` may be null: nothing outlasts
  // the process then. Both outlive the store.
  Store(OwnTypes own, const Clock& clock, PushLog* log)
      : own_(std::move(own)), clock_(clock), log_(log) {}

  // Takes the families into the group: instead of all that it has where `replace`, else instead of
  // those of the same names. kInvalidArgument names family, labels and the group that it cannot
  // stand beside; then nothing changes but the group's failure time. kUnavailable: not on disk.
  Status Push(const GroupKey& key, bool replace, std::vector<PreparedFamily> families);
  // The push of a text whose shape the group has learnt: nothing to check, only numbers change.
  // Nothing where it has not, or where the group holds more than a push by `replace` may leave.
  std::optional<Status> PushNumbers(const GroupKey& key, bool replace, const CutText& text);
  // Whether this is at least the second push in a row of this shape that was stored by Push, and
  // so should be learnt.
  bool WantsShape(const GroupKey& key, const ShapeHash& shape);
  // Learns a shape from a push of the same body with its numbers counted up from 0. Does nothing
  // if the group has become another meanwhile.
  void LearnShape(const GroupKey& key, const ShapeHash& shape,
                  const std::vector<PreparedFamily>& numbered);

  // Sets the failure time of a group, which is made if need be.
  Status RecordFailure(const GroupKey& key);
  // Without a group of this key, nothing. kUnavailable as above.
  Status Delete(const GroupKey& key);
  Status Wipe();

  // Brings back what an earlier process has stored, without logging it: adds to the group, and sets
  // its times. kInvalidArgument as for Push; then nothing changes.
  Status RestoreGroup(const GroupKey& key, const GroupTimes& times,
                      std::vector<PreparedFamily> families);
  // Appends frames that stand for all that is stored, then calls `then` before anything changes.
  void AppendSnapshot(std::string& frames, const std::function<void()>& then) const;

  // All groups in order, without their families.
  std::vector<GroupView> Groups() const;
  // One group with its families; nothing when there is none of this key.
  std::optional<GroupView> Group(const GroupKey& key) const;

  struct Sizes {
    size_t groups = 0;
    size_t families = 0;  // of all groups
    size_t series = 0;
  };
  Sizes sizes() const;

  // One family over all groups, by which /metrics is written.
  struct FamilyPart {
    std::string_view text;
    std::string_view exact;
  };
  struct FamilyLines {
    std::string_view name;
    openmetrics::Type type = openmetrics::Type::kUnknown;
    std::string_view help;          // of the first group that has one
    std::vector<FamilyPart> parts;  // one a group
    bool utf8_names = false;
  };
  // The labels of a group's own metrics, {instance="",job="a"}, and their values.
  struct GroupLine {
    std::string_view labels;
    GroupTimes times;
  };
  // Calls `take_groups` once with all groups in order, then `take_family` for each family, sorted
  // by name, while nothing changes. What is viewed ends with the call.
  void Visit(const std::function<void(const std::vector<GroupLine>&)>& take_groups,
             const std::function<void(const FamilyLines&)>& take_family) const;

 private:
  struct StoredGroup;
  struct SharedFamily;
  // One family of one group.
  struct StoredFamily {
    StoredGroup* group;
    SharedFamily* shared;
    std::shared_ptr<const std::string> help;  // shared with the groups that say the same
    int64_t time_ms = 0;
    std::string text;
    std::string exact;
    absl::InlinedVector<SeriesId, 1> series;
    bool utf8_names = false;
  };
  // Where the numbers of a known shape go.
  struct LearntShape {
    ShapeHash hash;
    std::vector<StoredFamily*> families;
    std::vector<uint32_t> order;  // which number is that of a line, family by family
  };
  struct StoredGroup {
    GroupKey key;
    SeriesId id = 0;     // of its push_time_seconds
    std::string labels;  // {instance="",job="a"}, as its own two metrics have them
    GroupTimes times;
    std::vector<std::unique_ptr<StoredFamily>> families;  // sorted by name
    ShapeHash last_shape;                                 // of a push that was not by its numbers
    std::unique_ptr<LearntShape> learnt;                  // null after a push that was not

    StoredFamily* Find(std::string_view name) const;
  };
  struct ByGroup {
    bool operator()(const StoredFamily* a, const StoredFamily* b) const {
      return a->group->key < b->group->key;
    }
  };
  // A family name over all groups.
  struct SharedFamily {
    std::string name;
    openmetrics::Type type;
    absl::btree_set<StoredFamily*, ByGroup> members;
  };
  // A push that is being checked. `group` is null when it is to be made.
  struct Change {
    const GroupKey& key;
    const StoredGroup* group;
    bool replace;
    const std::vector<PreparedFamily>& families;

    const PreparedFamily* Find(std::string_view name) const;
  };

  Status Check(const Change& change) const;
  Status CheckType(const Change& change, const PreparedFamily& family) const;
  Status CheckName(const Change& change, const PreparedFamily& family) const;
  Status CheckSeries(const Change& change, const PreparedFamily& family) const;
  Status CheckGroup(const GroupKey& key) const;
  std::optional<openmetrics::Type> TypeAfter(const Change& change, std::string_view name) const;
  const StoredFamily* OtherMember(const Change& change, const SharedFamily& shared) const;
  std::string Where(const Change& change, std::string_view name) const;

  StoredGroup* Find(const GroupKey& key) const;
  StoredGroup& FindOrMake(const GroupKey& key);
  void Apply(StoredGroup& group, bool replace, std::vector<PreparedFamily>& families);
  std::unique_ptr<StoredFamily> NewFamily(StoredGroup& group, const PreparedFamily& family);
  void Fill(StoredFamily& stored, PreparedFamily& family);
  void Drop(StoredFamily& stored);
  void Erase(StoredGroup& group);
  uint64_t Fail(const GroupKey& key);

  uint64_t LogChange(RecordKind kind, const StoredGroup& group,
                     const std::vector<PreparedFamily>& families);
  uint64_t LogNumbers(RecordKind kind, const StoredGroup& group);
  static void AppendFamily(std::string& record, const StoredFamily& family);
  uint64_t AppendToLog(const std::string& record);
  Status Commit(uint64_t position) const { return log_ ? log_->Commit(position) : Status(); }
  Status CheckWritable() const { return log_ ? log_->CheckWritable() : Status(); }

  const OwnTypes own_;
  const Clock& clock_;
  PushLog* const log_;

  mutable std::shared_mutex mutex_;
  absl::btree_map<GroupKey, std::unique_ptr<StoredGroup>> groups_;
  std::map<std::string, SharedFamily, std::less<>> families_;  // none without members
  absl::flat_hash_map<SeriesId, const StoredGroup*> owners_;   // of every metric, and group ids
};

}  // namespace narthex::pushgateway

#endif  // NARTHEX_PUSHGATEWAY_STORE_H_
