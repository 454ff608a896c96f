#include "server/config/config_reloader.h"

#include <algorithm>

#include "common/config/tree_diff.h"
#include "common/config/unbind.h"
#include "common/fs/files.h"
#include "server/config/inactive.h"

namespace narthex::server {
namespace {

constexpr size_t kMaxLoggedChanges = 50;

}  // namespace

ConfigReloader::ConfigReloader(std::string path, ConfigOptions options, const Clock& clock,
                               Logger log, Registry& registry)
    : path_(std::move(path)),
      options_(options),
      clock_(clock),
      log_(std::move(log)),
      successful_(
          registry.AddGauge("prometheus_config_last_reload_successful",
                            "Whether the last attempt to load the configuration went well.")),
      success_time_(registry.AddGauge("prometheus_config_last_reload_success_timestamp_seconds",
                                      "When the configuration in force was loaded.")) {}

Status ConfigReloader::Load() {
  const std::lock_guard lock(load_mutex_);
  auto config = LoadConfig(path_, options_);
  const int64_t now_ms = clock_.NowMs();
  {
    const std::lock_guard report_lock(report_mutex_);
    report_.error = config.ok() ? std::string() : std::string(config.message());
    report_.last_attempt_ms = now_ms;
    if (config.ok()) report_.last_success_ms = now_ms;
  }
  successful_.Set(config.ok() ? 1 : 0);
  if (!config.ok()) {
    if (config_)
      log_.Error("configuration not loaded, the old one stays", {{"err", config.status()}});
    return config.status();
  }
  success_time_.Set(static_cast<double>(now_ms) / 1000);
  for (const Inactive& part : InactiveParts(*config))
    log_.Warn("configuration asks for what this server does not do", {{"part", part.Text()}});
  for (const Inactive& part : Notices(*config))
    log_.Warn("configuration asks for what this server does not do", {{"part", part.Text()}});
  NoteChanges(*config);
  if (apply_) apply_(*config);
  config_ = std::make_unique<const Config>(*std::move(config));
  log_.Info("configuration loaded", {{"file", path_}});
  return {};
}

void ConfigReloader::NoteChanges(const Config& config) {
  config::Node shown = config::ToNode(config);
  std::vector<std::string> changes;
  if (config_) {
    for (const config::Difference& difference : config::Differences(shown_, shown))
      changes.push_back(difference.Text());
  }
  for (size_t i = 0; i < std::min(changes.size(), kMaxLoggedChanges); ++i)
    log_.Info("configuration changed", {{"change", changes[i]}});
  if (changes.size() > kMaxLoggedChanges)
    log_.Info("configuration changed", {{"more_changes", changes.size() - kMaxLoggedChanges}});
  const std::lock_guard lock(report_mutex_);
  report_.changes = std::move(changes);
  report_.yaml = config::ToYaml(shown);
  external_labels_ = config.global.external_labels;
  patterns_ = config.scrape_config_files;
  patterns_.insert(patterns_.end(), config.rule_files.value.begin(), config.rule_files.value.end());
  shown_ = std::move(shown);
}

std::map<std::string, std::string> ConfigReloader::external_labels() const {
  const std::lock_guard lock(report_mutex_);
  return external_labels_;
}

std::vector<std::string> ConfigReloader::files() const {
  std::vector<std::string> files = {path_};
  const std::lock_guard lock(report_mutex_);
  for (const std::string& pattern : patterns_) {
    for (std::string& file : MatchFiles(pattern)) files.push_back(std::move(file));
  }
  return files;
}

void ConfigReloader::Follow(Apply apply) {
  const std::lock_guard lock(load_mutex_);
  apply_ = std::move(apply);
  if (apply_ && config_) apply_(*config_);
}

ReloadReport ConfigReloader::report() const {
  const std::lock_guard lock(report_mutex_);
  return report_;
}

}  // namespace narthex::server
