#include "pushgateway/persistence.h"

#include <algorithm>
#include <chrono>

#include "common/openmetrics/formats.h"

namespace narthex::pushgateway {
namespace {

using openmetrics::Format;
using openmetrics::NameScheme;

constexpr int64_t kRetryMs = 1000;               // of a rewrite that failed
constexpr uint64_t kSmallLogBytes = 64UL << 20;  // below, time decides about a rewrite
constexpr uint64_t kMostGrowth = 4;              // above, size does

}  // namespace

Status RecoveredGroups::Take(std::string_view record) {
  ASSIGN_OR_RETURN(const LogRecord parsed, ParseRecord(record));
  if (parsed.kind == RecordKind::kDelete) {
    groups_.erase(parsed.key);
    return {};
  }
  Group& group = groups_[parsed.key];
  group.times = parsed.times;
  if (parsed.kind == RecordKind::kReplace) group.families.clear();
  for (const FamilyRecord& family : parsed.families) {
    group.families[std::string(family.name)] = {family.time_ms, family.encoding,
                                                std::string(family.body)};
  }
  return {};
}

Result<PreparedFamily> RecoveredGroups::Read(const Family& family, const GroupKey& key) {
  const Format format =
      family.encoding == FamilyEncoding::kProtobuf ? Format::kProtobuf : Format::kText1;
  ASSIGN_OR_RETURN(auto families,
                   openmetrics::ReadFamilies(family.body, format, NameScheme::kUtf8));
  ASSIGN_OR_RETURN(auto prepared, Prepare(std::move(families), key));
  if (prepared.size() != 1)
    return Corruption("want one family, got ", std::to_string(prepared.size()));
  prepared.front().time_ms = family.time_ms;
  return std::move(prepared.front());
}

void RecoveredGroups::RestoreInto(Store& store, const Logger& log) const {
  const auto left_out = [&](const GroupKey& key, const std::string& family, const Status& status) {
    log.Warn("a family of the persistence file is left out",
             {{"group", key.ToString()}, {"family", family}, {"err", status}});
  };
  for (const auto& [key, group] : groups_) {
    std::vector<PreparedFamily> families;
    for (const auto& [name, family] : group.families) {
      auto read = Read(family, key);
      if (read.ok()) {
        families.push_back(*std::move(read));
      } else {
        left_out(key, name, read.status());
      }
    }
    if (store.RestoreGroup(key, group.times, families).ok()) continue;
    // Such as a family that has become one of our own.
    for (PreparedFamily& family : families) {
      const std::string name = family.name;
      const Status status = store.RestoreGroup(key, group.times, {std::move(family)});
      if (!status.ok()) left_out(key, name, status);
    }
  }
}

Status Persistence::Open(Registry& registry) {
  if (options_.file.empty()) return {};
  ASSIGN_OR_RETURN(push_log_,
                   PushLog::Open(options_.file, files_, log_, [this](std::string_view record) {
                     const Status status = recovered_.Take(record);
                     Report("a record of the persistence file is left out", status);
                   }));
  registry.AddComputed([this](openmetrics::ExpositionWriter& out) {
    using openmetrics::Type;
    out.Add("narthex_pushgateway_persistence_bytes", Type::kGauge, "Size of the persistence file.")
        .Sample({}, static_cast<double>(push_log_->size_bytes()));
    out.Add("narthex_pushgateway_persistence_writable", Type::kGauge,
            "Whether pushes can be written to the persistence file; none is taken otherwise.")
        .Sample({}, push_log_->CheckWritable().ok() ? 1 : 0);
  });
  return {};
}

void Persistence::Load(Store& store) {
  if (push_log_ == nullptr) return;
  recovered_.RestoreInto(store, log_);
  log_.Info("persisted groups loaded", {{"file", options_.file}, {"groups", recovered_.size()}});
  recovered_ = {};
}

void Persistence::Start(Store& store) {
  if (push_log_ == nullptr) return;
  Tick(store);
  thread_ = std::thread([this, &store] { Run(store); });
}

void Persistence::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
  if (!thread_.joinable()) return;
  thread_.join();
  Report("cannot sync the persistence file", push_log_->Sync());
}

void Persistence::Run(Store& store) {
  const int64_t wait_ms =
      options_.sync_interval.ms == 0 ? kRetryMs : std::min(options_.sync_interval.ms, kRetryMs);
  std::unique_lock lock(mutex_);
  while (!stop_.wait_for(lock, std::chrono::milliseconds(wait_ms), [this] { return stopping_; })) {
    lock.unlock();
    Tick(store);
    lock.lock();
  }
}

void Persistence::Tick(Store& store) {
  if (WantsRewrite()) {
    const Status status = push_log_->Rewrite([&](std::string& frames) {
      store.AppendSnapshot(frames, [&] { push_log_->BeginRewrite(); });
    });
    Report("cannot rewrite the persistence file", status);
    if (status.ok()) rewritten_ns_ = clock_.MonotonicNs();
  }
  if (options_.sync_interval.ms > 0) Report("cannot sync the persistence file", push_log_->Sync());
}

bool Persistence::WantsRewrite() const {
  if (!push_log_->CheckWritable().ok()) return true;
  const uint64_t size = push_log_->size_bytes();
  const uint64_t whole = push_log_->rewritten_bytes();
  if (size > std::max(kSmallLogBytes, kMostGrowth * whole)) return true;
  const int64_t since_ms = (clock_.MonotonicNs() - rewritten_ns_) / 1'000'000;
  return since_ms >= options_.interval.ms && size > 2 * whole;
}

void Persistence::Report(std::string_view what, const Status& status) {
  if (status.ok() || status.message() == reported_) return;
  reported_ = status.message();
  log_.Error(what, {{"err", status}});
}

}  // namespace narthex::pushgateway
