// The records of the pushgateway's log, one for each change of a group.
//
// A record is a run of fields; a string is its size as a base-128 varint, then its bytes; a time is
// eight bytes, little-endian, Unix milliseconds, 0 for never.
//   kind            1 byte   RecordKind
//   label count     varint   then for each the strings name and value, sorted by name
// and but for kDelete:
//   push time, failure time  two times: those of the group from now on
//   family count    varint   then for each
//     name          string
//     time          time     of the push that brought it
//     encoding      1 byte   FamilyEncoding
//     body          string   the family as an exposition, its labels final
// A record stands for itself: the last one that names a family, or sets or deletes its group, wins.
#ifndef NARTHEX_PUSHGATEWAY_LOG_RECORD_H_
#define NARTHEX_PUSHGATEWAY_LOG_RECORD_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"
#include "pushgateway/group_key.h"

namespace narthex::pushgateway {

// On disk: add, never renumber.
enum class RecordKind : uint8_t {
  kReplace = 1,  // the group holds these families and no others
  kMerge = 2,    // these families take the place of those of the same name
  kDelete = 3,   // the group is gone
};
enum class FamilyEncoding : uint8_t { kText = 0, kProtobuf = 1 };

// When a group was last pushed to, with success or without. Unix milliseconds, 0 for never.
struct GroupTimes {
  int64_t push_ms = 0;
  int64_t failure_ms = 0;
};

// What `name` and `body` view must outlive the record.
struct FamilyRecord {
  std::string_view name;
  int64_t time_ms = 0;
  FamilyEncoding encoding = FamilyEncoding::kText;
  std::string_view body;
};

struct LogRecord {
  RecordKind kind = RecordKind::kDelete;
  GroupKey key;
  GroupTimes times;
  std::vector<FamilyRecord> families;
};

// Appends a record field by field: its head, then as many families as that announced.
void AppendRecordHead(std::string& out, RecordKind kind, const GroupKey& key,
                      const GroupTimes& times, size_t family_count);
// `header` and `lines` together are the body.
void AppendFamilyRecord(std::string& out, const FamilyRecord& family, std::string_view header);

// kCorruption for bytes that are no record.
Result<LogRecord> ParseRecord(std::string_view bytes);

}  // namespace narthex::pushgateway

#endif  // NARTHEX_PUSHGATEWAY_LOG_RECORD_H_
