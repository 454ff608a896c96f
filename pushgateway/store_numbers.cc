// Pushes that change numbers only.
#include <mutex>

#include "common/bytes/numbers.h"
#include "pushgateway/store.h"

namespace narthex::pushgateway {
namespace {

using openmetrics::Type;

// Whether each metric of this type is one line with its own number.
bool HasOneLine(Type type) {
  return type == Type::kCounter || type == Type::kGauge || type == Type::kUnknown;
}

// The numbers as they are exposed, one after the other in `text`.
std::vector<std::string_view> Rendered(const std::vector<double>& numbers, std::string& text) {
  std::vector<size_t> ends;
  ends.reserve(numbers.size());
  text.clear();
  for (const double number : numbers) {
    AppendExpositionDouble(text, number);
    ends.push_back(text.size());
  }
  std::vector<std::string_view> rendered;
  rendered.reserve(numbers.size());
  size_t begin = 0;
  for (const size_t end : ends) {
    rendered.push_back(std::string_view(text).substr(begin, end - begin));
    begin = end;
  }
  return rendered;
}

}  // namespace

std::optional<Status> Store::PushNumbers(const GroupKey& key, bool replace, const CutText& text) {
  static thread_local std::string rendered_text;
  const std::vector<std::string_view> rendered = Rendered(text.numbers, rendered_text);
  uint64_t position = 0;
  {
    const std::lock_guard lock(mutex_);
    StoredGroup* group = Find(key);
    if (group == nullptr || group->learnt == nullptr || !(group->learnt->hash == text.shape))
      return std::nullopt;
    const LearntShape& learnt = *group->learnt;
    if (replace && learnt.families.size() != group->families.size()) return std::nullopt;
    if (Status status = CheckWritable(); !status.ok()) return status;
    group->times.push_ms = std::max(clock_.NowMs(), group->times.failure_ms);
    const uint32_t* order = learnt.order.data();
    for (StoredFamily* family : learnt.families) {
      Renumber(family->text, order, rendered);
      family->time_ms = group->times.push_ms;
      order += family->series.size();
    }
    position = LogNumbers(replace ? RecordKind::kReplace : RecordKind::kMerge, *group);
  }
  return Commit(position);
}

bool Store::WantsShape(const GroupKey& key, const ShapeHash& shape) {
  const std::lock_guard lock(mutex_);
  StoredGroup* group = Find(key);
  if (group == nullptr) return false;
  return std::exchange(group->last_shape, shape) == shape;
}

void Store::LearnShape(const GroupKey& key, const ShapeHash& shape,
                       const std::vector<PreparedFamily>& numbered) {
  auto learnt = std::make_unique<LearntShape>();
  learnt->hash = shape;
  const std::lock_guard lock(mutex_);
  StoredGroup* group = Find(key);
  if (group == nullptr) return;
  for (const PreparedFamily& family : numbered) {
    StoredFamily* stored = group->Find(family.name);
    const bool same = stored != nullptr && stored->shared->type == family.type &&
                      stored->series == family.series && *stored->help == family.help &&
                      stored->exact.empty() && HasOneLine(family.type);
    if (!same) return;
    const std::vector<uint32_t> order = NumbersOf(family.text);
    assert(order.size() == family.series.size());
    learnt->families.push_back(stored);
    learnt->order.insert(learnt->order.end(), order.begin(), order.end());
  }
  group->learnt = std::move(learnt);
}

uint64_t Store::LogNumbers(RecordKind kind, const StoredGroup& group) {
  if (log_ == nullptr) return 0;
  std::string record;
  AppendRecordHead(record, kind, group.key, group.times, group.learnt->families.size());
  for (const StoredFamily* family : group.learnt->families) AppendFamily(record, *family);
  return AppendToLog(record);
}

}  // namespace narthex::pushgateway
