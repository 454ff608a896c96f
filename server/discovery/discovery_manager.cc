#include "server/discovery/discovery_manager.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <chrono>
#include <limits>

namespace narthex::server {
namespace {

constexpr uint32_t kChanges = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                              IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
// After a first change, for the others that come with it: a file being written, a directory being
// swapped for another.
constexpr int kSettleMs = 50;
constexpr long kMaxIdleConnections = 100;
constexpr std::string_view kManager = "scrape";  // as the reference calls it in its metrics

}  // namespace

DiscoveryMetrics::DiscoveryMetrics(Registry& registry)
    : received(registry.AddCounterFamily("prometheus_sd_received_updates_total",
                                         "Answers of discoveries, and readings of files.",
                                         {"name"})),
      updates(registry.AddCounterFamily("prometheus_sd_updates_total",
                                        "Times that jobs were told of their targets.", {"name"})),
      refresh_failures(registry.AddCounterFamily("prometheus_sd_refresh_failures_total",
                                                 "Questions to discoveries that failed.",
                                                 {"mechanism", "config"})),
      refresh_seconds(registry.AddSummaryFamily("prometheus_sd_refresh_duration_seconds",
                                                "How long discoveries took to answer.",
                                                {"mechanism", "config"}, {0.5, 0.9, 0.99})),
      files(registry),
      remote(registry) {
  received.With({kManager});
  updates.With({kManager});
}

DiscoveryManager::DiscoveryManager(Update update, const Clock& clock, Logger log,
                                   Registry& registry)
    : update_(std::move(update)),
      clock_(clock),
      log_(std::move(log)),
      metrics_(registry),
      inotify_fd_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)),
      wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      io_(clock),
      http_(io_, kMaxIdleConnections),
      resolver_(io_) {
  assert(wake_fd_ >= 0);
  if (inotify_fd_ < 0) {
    // The machine's limit of instances: files are then seen at their refresh interval only.
    log_.Warn("cannot watch files of targets", {{"err", ErrnoStatus("inotify_init1", errno)},
                                                {"see", "fs.inotify.max_user_instances"}});
  }
  registry.AddComputed([this](openmetrics::ExpositionWriter& out) {
    const std::lock_guard lock(mutex_);
    if (jobs_.empty()) return;
    auto& targets = out.Add("prometheus_sd_discovered_targets", openmetrics::Type::kGauge,
                            "Targets of each job that were found, before relabelling.");
    for (const Job& job : jobs_)
      targets.Sample({{"config", job.name}, {"name", kManager}},
                     static_cast<double>(job.told_targets));
  });
  io_.Start();
  thread_ = std::thread([this] { Run(); });
}

DiscoveryManager::~DiscoveryManager() {
  io_.Stop();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  const uint64_t one = 1;
  (void)!::write(wake_fd_, &one, sizeof one);
  thread_.join();
  if (inotify_fd_ >= 0) ::close(inotify_fd_);
  ::close(wake_fd_);
}

void DiscoveryManager::Apply(const Config& config) {
  {
    const std::lock_guard lock(mutex_);
    const std::vector<Job> before = std::exchange(jobs_, {});
    for (const ScrapeConfig& job : config.scrape_configs) {
      Job& added = jobs_.emplace_back(Job{job.job_name, StaticGroups(job), {}, {}, {}});
      for (const FileSdConfig& sd : job.discovery.file_sd_configs) added.files.emplace_back(sd);
      AddRemotes(job, before, added);
    }
    Watch();  // before reading, so that no change is missed
    for (Job& job : jobs_) Refresh(job, true);
  }
  const uint64_t one = 1;  // the time of the next refresh is another now
  (void)!::write(wake_fd_, &one, sizeof one);
}

// What a source of the job found before the reload holds until the new one has its answer.
void DiscoveryManager::AddRemotes(const ScrapeConfig& config, const std::vector<Job>& before,
                                  Job& job) {
  const auto add = [&](std::shared_ptr<RemoteSource> source) {
    auto remote = std::make_shared<Remote>(Remote{job.name, std::move(source), {}, false});
    for (const Job& old : before) {
      if (old.name != job.name) continue;
      for (const auto& same : old.remotes) {
        if (same->source->key() == remote->source->key()) remote->groups = same->groups;
      }
    }
    job.remotes.push_back(remote);
    io_.Post([this, weak = std::weak_ptr(remote)] { Ask(weak); });
  };
  for (const HttpSdConfig& sd : config.discovery.http_sd_configs)
    add(NewHttpSource(sd, http_, metrics_.remote));
  for (const DnsSdConfig& sd : config.discovery.dns_sd_configs)
    add(NewDnsSource(sd, resolver_, metrics_.remote));
}

void DiscoveryManager::Ask(const std::weak_ptr<Remote>& weak) {
  const auto remote = weak.lock();
  if (!remote) return;  // its job is not configured any more
  const std::string_view mechanism = remote->source->mechanism();
  Counter& failures = metrics_.refresh_failures.With({mechanism, remote->job});
  Summary& seconds = metrics_.refresh_seconds.With({mechanism, remote->job});
  const int64_t begin_ns = clock_.MonotonicNs();
  remote->source->Ask([this, remote, begin_ns, &failures,
                       &seconds](const Result<std::vector<TargetGroup>>& found) {
    seconds.Observe(static_cast<double>(clock_.MonotonicNs() - begin_ns) / 1e9);
    metrics_.received.With({kManager}).Add();
    if (!found.ok()) {
      failures.Add();
      log_.Warn("discovery failed, what it found last holds",
                {{"job", remote->job}, {"source", remote->source->key()}, {"err", found.status()}});
    }
    {
      const std::lock_guard lock(mutex_);
      if (found.ok()) remote->groups = *found;
      remote->answered = true;
      for (Job& job : jobs_) {
        if (std::find(job.remotes.begin(), job.remotes.end(), remote) != job.remotes.end())
          Tell(job, false);
      }
    }
    answered_.notify_all();
    const int64_t next_ns =
        clock_.MonotonicNs() + remote->source->refresh_interval().ms * 1'000'000;
    io_.RunAt(next_ns, [this, next = std::weak_ptr(remote)] { Ask(next); });
  });
}

bool DiscoveryManager::WaitForAnswers(Duration timeout) {
  std::unique_lock lock(mutex_);
  return answered_.wait_for(lock, std::chrono::milliseconds(timeout.ms), [this] {
    return std::all_of(jobs_.begin(), jobs_.end(), [](const Job& job) {
      return std::all_of(job.remotes.begin(), job.remotes.end(),
                         [](const auto& remote) { return remote->answered; });
    });
  });
}

// A directory that does not exist yet is tried again at the next refresh.
void DiscoveryManager::Watch() {
  if (inotify_fd_ < 0) return;
  std::map<int, std::string> wanted;
  for (const Job& job : jobs_) {
    for (const GroupFiles& files : job.files) {
      for (const std::string& directory : files.Directories()) {
        // The same directory gives the same watch.
        const int watch = ::inotify_add_watch(inotify_fd_, directory.c_str(), kChanges);
        if (watch >= 0) {
          wanted[watch] = directory;
        } else {
          log_.Debug("cannot watch",
                     {{"directory", directory}, {"err", ErrnoStatus("inotify_add_watch", errno)}});
        }
      }
    }
  }
  for (const auto& [watch, directory] : watched_) {
    if (!wanted.contains(watch)) ::inotify_rm_watch(inotify_fd_, watch);
  }
  watched_ = std::move(wanted);
}

void DiscoveryManager::Refresh(Job& job, bool always_tell) {
  for (GroupFiles& files : job.files) {
    const int64_t begin_ns = clock_.MonotonicNs();
    files.Refresh(metrics_.files, log_);
    metrics_.files.NoteScan(static_cast<double>(clock_.MonotonicNs() - begin_ns) / 1e9);
    metrics_.received.With({kManager}).Add();
    files.next_refresh_ns = clock_.MonotonicNs() + files.refresh_interval().ms * 1'000'000;
  }
  Tell(job, always_tell);
}

void DiscoveryManager::Tell(Job& job, bool always_tell) {
  std::vector<TargetGroup> groups = job.static_groups;
  for (const GroupFiles& files : job.files) {
    const std::vector<TargetGroup> found = files.Groups();
    groups.insert(groups.end(), found.begin(), found.end());
  }
  for (const auto& remote : job.remotes)
    groups.insert(groups.end(), remote->groups.begin(), remote->groups.end());
  if (!always_tell && groups == job.told) return;
  update_(job.name, groups);
  metrics_.updates.With({kManager}).Add();
  job.told_targets = 0;
  for (const TargetGroup& group : groups) job.told_targets += group.addresses.size();
  job.told = std::move(groups);
}

int64_t DiscoveryManager::NextRefreshNs() const {
  int64_t next = std::numeric_limits<int64_t>::max();
  for (const Job& job : jobs_) {
    for (const GroupFiles& files : job.files) next = std::min(next, files.next_refresh_ns);
  }
  return next;
}

void DiscoveryManager::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const int64_t next_ns = NextRefreshNs();
    const int64_t wait_ms =
        next_ns == std::numeric_limits<int64_t>::max()
            ? -1
            : std::max<int64_t>(next_ns - clock_.MonotonicNs(), 0) / 1'000'000 + 1;
    lock.unlock();
    std::array<pollfd, 2> fds{pollfd{wake_fd_, POLLIN, 0}, pollfd{inotify_fd_, POLLIN, 0}};
    (void)::poll(fds.data(), fds.size(), static_cast<int>(std::min<int64_t>(wait_ms, 3'600'000)));
    const bool changed = (fds[1].revents & POLLIN) != 0;
    // A wake-up ends this early: then somebody is stopping us or has new jobs.
    if (changed) (void)::poll(fds.data(), 1, kSettleMs);
    std::array<char, 4096> ignored;
    while (::read(inotify_fd_, ignored.data(), ignored.size()) > 0) {
    }
    (void)!::read(wake_fd_, ignored.data(), sizeof(uint64_t));
    lock.lock();
    if (stopping_) break;
    const int64_t now_ns = clock_.MonotonicNs();
    if (changed || now_ns >= NextRefreshNs()) Watch();
    for (Job& job : jobs_) {
      const bool due = std::any_of(
          job.files.begin(), job.files.end(),
          [&](const GroupFiles& files) { return changed || now_ns >= files.next_refresh_ns; });
      if (due) Refresh(job, false);
    }
  }
}

}  // namespace narthex::server
