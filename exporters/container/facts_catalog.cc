#include "exporters/container/facts_catalog.h"

#include <algorithm>

namespace narthex::exporters {
namespace {

constexpr int64_t kNsPerMs = 1'000'000;

int64_t Ns(Duration duration) { return duration.ms * kNsPerMs; }

// A time that doubles with each step, up to the longest.
int64_t Doubled(Duration first, uint32_t steps, Duration longest) {
  return std::min(Ns(first) << std::min(steps, 16U), Ns(longest));
}

}  // namespace

FactsCatalog::FactsCatalog(std::vector<std::unique_ptr<FactsSource>> sources, Duration timeout,
                           const Clock& clock)
    : timeout_(timeout), clock_(clock) {
  for (auto& source : sources) sources_.push_back({std::move(source)});
}

bool FactsCatalog::IsDue(const Entry& entry, int64_t now_ns) const {
  int64_t wait_ns = 0;
  if (entry.facts == nullptr) {
    // A container's group may be there before its runtime tells of it, and a name that looks like
    // an id may be none.
    wait_ns = Doubled(Duration::Seconds(1), entry.in_vain, kMaxWait);
  } else {
    wait_ns = Ns(entry.facts->health == Health::kNoCheck ? kFresh : kFreshHealth);
  }
  return now_ns - entry.asked_ns >= wait_ns || entry.asked_ns == 0;
}

std::vector<Status> FactsCatalog::Refresh(const std::set<std::string>& ids) {
  const std::unique_lock refreshing(refreshing_, std::try_to_lock);
  if (!refreshing.owns_lock()) return {};  // another scrape is at it
  std::vector<std::string> due;
  const int64_t now_ns = clock_.MonotonicNs();
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(entries_, [&](const auto& entry) { return !ids.contains(entry.first); });
    for (const std::string& id : ids) {
      Entry& entry = entries_[id];
      if (!IsDue(entry, now_ns)) continue;
      entry.asked_ns = now_ns;
      ++entry.in_vain;
      due.push_back(id);
    }
  }
  return due.empty() ? std::vector<Status>() : AskAll(std::move(due));
}

std::vector<Status> FactsCatalog::AskAll(std::vector<std::string> due) {
  std::vector<Status> failures;
  for (size_t i = 0; i < sources_.size() && !due.empty(); ++i) {
    if (clock_.MonotonicNs() < sources_[i].rests_until_ns) continue;
    const Status failure = AskOne(i, due);
    if (!failure.ok()) failures.push_back(failure.Prefixed(sources_[i].source->name()));
  }
  const std::lock_guard lock(mutex_);
  IndexPods();
  return failures;
}

Status FactsCatalog::AskOne(size_t index, std::vector<std::string>& due) {
  Source& source = sources_[index];
  struct Answer {
    Result<std::vector<ContainerFacts>> found = Timeout("no answer in time");
  };
  auto answer = std::make_shared<Answer>();
  const std::vector<JobEnd> ends =
      runner_.Run({{std::string(source.source->name()),
                    [answer, asked = source.source, due] { answer->found = asked->Find(due); }}},
                  {timeout_, timeout_});
  // What a late run writes must not be read.
  Status status = ends[0] == JobEnd::kDone ? answer->found.status() : Timeout("no answer in time");
  const bool is_absent = status.code() == Code::kNotFound || status.code() == Code::kNoData;

  const std::lock_guard lock(mutex_);
  source.status = status;
  source.was_asked = true;
  if (!status.ok()) {
    if (is_absent) return {};
    ++source.failures;
    source.rests_until_ns =
        clock_.MonotonicNs() + Doubled(kRest, source.failures_in_a_row++, kMaxRest);
    return status;
  }
  source.failures_in_a_row = 0;
  const std::set<std::string_view> wanted(due.begin(), due.end());
  std::set<std::string> told;
  for (ContainerFacts& facts : *answer->found) {
    const auto entry = entries_.find(facts.id);
    if (entry == entries_.end() || !wanted.contains(entry->first)) continue;
    told.insert(entry->first);
    entry->second.source = index;
    entry->second.in_vain = 0;
    entry->second.facts = std::make_shared<const ContainerFacts>(std::move(facts));
  }
  std::erase_if(due, [&](const std::string& id) { return told.contains(id); });
  return {};
}

void FactsCatalog::IndexPods() {
  pods_.clear();
  for (const auto& [id, entry] : entries_) {
    if (entry.facts == nullptr || entry.facts->pod_uid.empty()) continue;
    ContainerFacts pod;
    pod.pod = entry.facts->pod;
    pod.pod_namespace = entry.facts->pod_namespace;
    pod.pod_uid = entry.facts->pod_uid;
    pods_.emplace(pod.pod_uid, std::make_shared<const ContainerFacts>(pod));
  }
}

std::shared_ptr<const ContainerFacts> FactsCatalog::Container(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : found->second.facts;
}

std::shared_ptr<const ContainerFacts> FactsCatalog::Pod(const std::string& uid) const {
  const std::lock_guard lock(mutex_);
  const auto found = pods_.find(uid);
  return found == pods_.end() ? nullptr : found->second;
}

std::vector<SourceState> FactsCatalog::states() const {
  const std::lock_guard lock(mutex_);
  std::vector<SourceState> states;
  for (const Source& source : sources_)
    states.push_back(
        {std::string(source.source->name()), source.status, source.failures, 0, source.was_asked});
  for (const auto& [id, entry] : entries_) {
    if (entry.facts != nullptr) ++states[entry.source].containers;
  }
  return states;
}

}  // namespace narthex::exporters
