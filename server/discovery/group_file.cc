#include "server/discovery/group_file.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <set>

#include "common/config/json.h"
#include "common/fs/files.h"

namespace narthex::server {
namespace {

struct FileGroup {
  std::vector<std::string> targets;
  std::map<std::string, std::string> labels;

  void Describe(auto& fields) {
    fields.Optional("targets", targets);
    fields.Optional("labels", labels);
  }
};

std::string_view Extension(std::string_view path) { return path.substr(path.rfind('.')); }

bool IsJson(std::string_view path) {
  const std::string_view extension = Extension(path);
  return extension == ".json" || extension == ".JSON";
}

Result<std::vector<TargetGroup>> GroupsOf(const Result<config::Node>& document) {
  RETURN_IF_ERROR(document.status());
  std::vector<FileGroup> parsed;
  if (document->kind != config::Node::Kind::kNull) RETURN_IF_ERROR(config::Bind(*document, parsed));
  std::vector<TargetGroup> groups;
  groups.reserve(parsed.size());
  for (FileGroup& group : parsed)
    groups.push_back({std::move(group.targets), std::move(group.labels)});
  return groups;
}

double ModifiedSeconds(const std::string& path) {
  std::error_code error;
  const auto time = std::filesystem::last_write_time(path, error);
  if (error) return 0;
  const auto unix_time = std::chrono::file_clock::to_sys(time).time_since_epoch();
  return std::chrono::duration<double>(std::chrono::floor<std::chrono::seconds>(unix_time)).count();
}

}  // namespace

Result<std::vector<TargetGroup>> ParseGroupFile(std::string_view text, const std::string& path) {
  auto groups = GroupsOf(IsJson(path) ? config::ParseJson(text) : config::ParseYaml(text));
  if (!groups.ok()) return InvalidArgument(path, ":", groups.message());
  for (TargetGroup& group : *groups) group.labels["__meta_filepath"] = path;
  return groups;
}

Result<std::vector<TargetGroup>> ParseJsonGroups(std::string_view text) {
  return GroupsOf(config::ParseJson(text));
}

FileDiscoveryMetrics::FileDiscoveryMetrics(Registry& registry)
    : read_errors_(registry.AddCounter("prometheus_sd_file_read_errors_total",
                                       "Files of targets that could not be read or understood.")),
      scan_seconds_(registry.AddSummary("prometheus_sd_file_scan_duration_seconds",
                                        "How long reading the files of an entry took.",
                                        {0.5, 0.9, 0.99})),
      times_(std::make_shared<Times>()) {
  registry.AddComputed([times = times_](openmetrics::ExpositionWriter& out) {
    const std::lock_guard lock(times->mutex);
    if (times->mtime_seconds.empty()) return;
    openmetrics::Family& family =
        out.Add("prometheus_sd_file_mtime_seconds", openmetrics::Type::kGauge,
                "When a file of targets was last changed, as of its last reading.");
    for (const auto& [path, seconds] : times->mtime_seconds)
      family.Sample({{"filename", path}}, seconds);
  });
}

void FileDiscoveryMetrics::NoteRead(const std::string& path, double mtime_seconds) {
  const std::lock_guard lock(times_->mutex);
  times_->mtime_seconds[path] = mtime_seconds;
}

void FileDiscoveryMetrics::Forget(const std::string& path) {
  const std::lock_guard lock(times_->mutex);
  times_->mtime_seconds.erase(path);
}

void GroupFiles::Refresh(FileDiscoveryMetrics& metrics, const Logger& log) {
  std::map<std::string, std::vector<TargetGroup>> before = std::move(groups_);
  groups_.clear();
  std::set<std::string> paths;
  for (const std::string& pattern : config_.files) {
    const std::vector<std::string> found = MatchFiles(pattern);
    if (found.empty()) log.Debug("no file of targets at present", {{"path", pattern}});
    paths.insert(found.begin(), found.end());
  }
  for (const std::string& path : paths) {
    const auto text = ReadFile(path);
    const auto groups =
        text.ok() ? ParseGroupFile(*text, path) : Result<std::vector<TargetGroup>>(text.status());
    if (groups.ok()) {
      metrics.NoteRead(path, ModifiedSeconds(path));
      groups_[path] = *groups;
    } else {
      metrics.NoteFailure();
      log.Error("file of targets not read, its last targets stay", {{"err", groups.status()}});
      groups_[path] = std::move(before[path]);
    }
    before.erase(path);
  }
  for (const auto& [path, groups] : before) metrics.Forget(path);
}

std::vector<TargetGroup> GroupFiles::Groups() const {
  std::vector<TargetGroup> all;
  for (const auto& [path, groups] : groups_) all.insert(all.end(), groups.begin(), groups.end());
  return all;
}

std::vector<std::string> GroupFiles::Directories() const {
  std::vector<std::string> directories;
  for (const std::string& pattern : config_.files) {
    const std::filesystem::path parent = std::filesystem::path(pattern).parent_path();
    directories.push_back(parent.empty() ? "." : parent.string());
  }
  return directories;
}

}  // namespace narthex::server
