#include "pushgateway/store.h"

#include <algorithm>
#include <mutex>

#include "common/openmetrics/text_format.h"

namespace narthex::pushgateway {
namespace {

using Lock = std::unique_lock<std::shared_mutex>;
using ReadLock = std::shared_lock<std::shared_mutex>;

void AppendFields(std::string& out, int64_t time_ms, std::string_view name, openmetrics::Type type,
                  std::string_view help, std::string_view text, std::string_view exact) {
  if (!exact.empty()) {
    AppendFamilyRecord(out, {name, time_ms, FamilyEncoding::kProtobuf, exact}, "");
    return;
  }
  static thread_local MetricFamily family;  // for its memory
  static thread_local std::string header;
  family.name = name;
  family.type = type;
  family.help = help;
  header.clear();
  openmetrics::AppendTextHeader(header, family);
  AppendFamilyRecord(out, {name, time_ms, FamilyEncoding::kText, text}, header);
}

}  // namespace

Status Store::Push(const GroupKey& key, bool replace, std::vector<PreparedFamily> families) {
  uint64_t position = 0;
  Status refusal;
  {
    const Lock lock(mutex_);
    RETURN_IF_ERROR(CheckWritable());
    refusal = Check({key, Find(key), replace, families});
    if (refusal.ok()) {
      StoredGroup& group = FindOrMake(key);
      // Of two changes within a millisecond, and after the clock was set back, the later is later.
      group.times.push_ms = std::max(clock_.NowMs(), group.times.failure_ms);
      for (PreparedFamily& family : families) family.time_ms = group.times.push_ms;
      position = LogChange(replace ? RecordKind::kReplace : RecordKind::kMerge, group, families);
      Apply(group, replace, families);
    } else {
      position = Fail(key);
    }
  }
  const Status written = Commit(position);
  return refusal.ok() ? written : refusal;
}

Status Store::RecordFailure(const GroupKey& key) {
  uint64_t position = 0;
  {
    const Lock lock(mutex_);
    RETURN_IF_ERROR(CheckWritable());
    position = Fail(key);
  }
  return Commit(position);
}

// A group that could not be told from another one is not made for the sake of its failure.
uint64_t Store::Fail(const GroupKey& key) {
  if (Find(key) == nullptr && !CheckGroup(key).ok()) return 0;
  StoredGroup& group = FindOrMake(key);
  group.times.failure_ms = std::max(clock_.NowMs(), group.times.push_ms + 1);
  return LogChange(RecordKind::kMerge, group, {});
}

Status Store::Delete(const GroupKey& key) {
  uint64_t position = 0;
  {
    const Lock lock(mutex_);
    RETURN_IF_ERROR(CheckWritable());
    StoredGroup* group = Find(key);
    if (group == nullptr) return {};
    std::string record;
    AppendRecordHead(record, RecordKind::kDelete, key, {}, 0);
    position = AppendToLog(record);
    Erase(*group);
  }
  return Commit(position);
}

Status Store::Wipe() {
  for (const GroupView& group : Groups()) RETURN_IF_ERROR(Delete(group.key));
  return {};
}

Status Store::RestoreGroup(const GroupKey& key, const GroupTimes& times,
                           std::vector<PreparedFamily> families) {
  const Lock lock(mutex_);
  RETURN_IF_ERROR(Check({key, Find(key), false, families}));
  StoredGroup& group = FindOrMake(key);
  group.times = times;
  Apply(group, false, families);
  return {};
}

void Store::AppendSnapshot(std::string& frames, const std::function<void()>& then) const {
  const ReadLock lock(mutex_);
  std::string record;
  for (const auto& [key, group] : groups_) {
    record.clear();
    AppendRecordHead(record, RecordKind::kReplace, key, group->times, group->families.size());
    for (const auto& family : group->families) AppendFamily(record, *family);
    AppendFrame(frames, record);
  }
  then();
}

uint64_t Store::LogChange(RecordKind kind, const StoredGroup& group,
                          const std::vector<PreparedFamily>& families) {
  if (log_ == nullptr) return 0;
  std::string record;
  AppendRecordHead(record, kind, group.key, group.times, families.size());
  for (const PreparedFamily& family : families) {
    AppendFields(record, family.time_ms, family.name, family.type, family.help, family.text,
                 family.exact);
  }
  return log_->Append(record);
}

void Store::AppendFamily(std::string& record, const StoredFamily& family) {
  AppendFields(record, family.time_ms, family.shared->name, family.shared->type, *family.help,
               family.text, family.exact);
}

uint64_t Store::AppendToLog(const std::string& record) {
  return log_ == nullptr ? 0 : log_->Append(record);
}

Store::StoredFamily* Store::StoredGroup::Find(std::string_view name) const {
  const auto at = std::lower_bound(
      families.begin(), families.end(), name,
      [](const auto& family, std::string_view wanted) { return family->shared->name < wanted; });
  return at != families.end() && (*at)->shared->name == name ? at->get() : nullptr;
}

Store::StoredGroup* Store::Find(const GroupKey& key) const {
  const auto at = groups_.find(key);
  return at == groups_.end() ? nullptr : at->second.get();
}

Store::StoredGroup& Store::FindOrMake(const GroupKey& key) {
  if (StoredGroup* group = Find(key)) return *group;
  auto group = std::make_unique<StoredGroup>();
  const std::vector<LabelPair> labels = FinalLabels({}, key);
  group->key = key;
  group->id = IdOf(kPushTime, labels);
  group->labels = GroupKey::ShowLabels(labels);
  StoredGroup& made = *group;
  owners_.emplace(made.id, &made);
  groups_.emplace(key, std::move(group));
  return made;
}

// Both sides are sorted by name and walked together.
void Store::Apply(StoredGroup& group, bool replace, std::vector<PreparedFamily>& families) {
  std::vector<std::unique_ptr<StoredFamily>> result;
  result.reserve(families.size() + (replace ? 0 : group.families.size()));
  auto old = group.families.begin();
  const auto pass_old = [&] {
    if (replace) {
      Drop(**old);
    } else {
      result.push_back(std::move(*old));
    }
    ++old;
  };
  for (PreparedFamily& family : families) {
    while (old != group.families.end() && (*old)->shared->name < family.name) pass_old();
    const bool present = old != group.families.end() && (*old)->shared->name == family.name;
    result.push_back(present ? std::move(*old++) : NewFamily(group, family));
    Fill(*result.back(), family);
  }
  while (old != group.families.end()) pass_old();
  group.families = std::move(result);
  group.learnt.reset();
}

std::unique_ptr<Store::StoredFamily> Store::NewFamily(StoredGroup& group,
                                                      const PreparedFamily& family) {
  auto stored = std::make_unique<StoredFamily>();
  stored->group = &group;
  stored->shared =
      &families_.try_emplace(family.name, SharedFamily{family.name, family.type, {}}).first->second;
  stored->shared->members.insert(stored.get());
  return stored;
}

void Store::Fill(StoredFamily& stored, PreparedFamily& family) {
  stored.shared->type = family.type;
  if (stored.help == nullptr || *stored.help != family.help) {
    const auto& first = (*stored.shared->members.begin())->help;
    const bool same = first != nullptr && *first == family.help;
    stored.help = same ? first : std::make_shared<const std::string>(std::move(family.help));
  }
  stored.time_ms = family.time_ms;
  stored.text = std::move(family.text);
  stored.exact = std::move(family.exact);
  stored.utf8_names = family.utf8_names;
  if (stored.series == family.series) return;
  for (const SeriesId id : stored.series) owners_.erase(id);
  stored.series = std::move(family.series);
  for (const SeriesId id : stored.series) owners_.emplace(id, stored.group);
}

void Store::Drop(StoredFamily& stored) {
  for (const SeriesId id : stored.series) owners_.erase(id);
  SharedFamily& shared = *stored.shared;
  shared.members.erase(&stored);
  if (shared.members.empty()) families_.erase(families_.find(shared.name));
}

void Store::Erase(StoredGroup& group) {
  for (const auto& family : group.families) Drop(*family);
  owners_.erase(group.id);
  groups_.erase(groups_.find(group.key));
}

std::vector<GroupView> Store::Groups() const {
  const ReadLock lock(mutex_);
  std::vector<GroupView> views;
  views.reserve(groups_.size());
  for (const auto& [key, group] : groups_) {
    GroupView view{.key = key, .times = group->times, .family_count = group->families.size()};
    for (const auto& family : group->families) view.series_count += family->series.size();
    views.push_back(std::move(view));
  }
  return views;
}

std::optional<GroupView> Store::Group(const GroupKey& key) const {
  const ReadLock lock(mutex_);
  const StoredGroup* group = Find(key);
  if (group == nullptr) return std::nullopt;
  GroupView view{.key = key, .times = group->times, .family_count = group->families.size()};
  for (const auto& family : group->families) {
    view.series_count += family->series.size();
    view.families.push_back({family->shared->name, family->shared->type, *family->help,
                             family->time_ms, family->text, family->exact});
  }
  return view;
}

Store::Sizes Store::sizes() const {
  const ReadLock lock(mutex_);
  Sizes sizes{.groups = groups_.size(), .series = owners_.size() - groups_.size()};
  for (const auto& [name, shared] : families_) sizes.families += shared.members.size();
  return sizes;
}

void Store::Visit(const std::function<void(const std::vector<GroupLine>&)>& take_groups,
                  const std::function<void(const FamilyLines&)>& take_family) const {
  const ReadLock lock(mutex_);
  std::vector<GroupLine> groups;
  groups.reserve(groups_.size());
  for (const auto& [key, group] : groups_) groups.push_back({group->labels, group->times});
  take_groups(groups);
  FamilyLines lines;
  for (const auto& [name, shared] : families_) {
    lines.name = name;
    lines.type = shared.type;
    lines.help = {};
    lines.parts.clear();
    lines.utf8_names = false;
    for (const StoredFamily* member : shared.members) {
      if (lines.help.empty()) lines.help = *member->help;
      lines.parts.push_back({member->text, member->exact});
      lines.utf8_names |= member->utf8_names;
    }
    take_family(lines);
  }
}

}  // namespace narthex::pushgateway
