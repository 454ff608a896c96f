#include "server/config/config_reloader.h"

namespace narthex::server {

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
    if (config.ok()) report_.last_success_ms = now_ms;
  }
  successful_.Set(config.ok() ? 1 : 0);
  if (!config.ok()) {
    if (config_)
      log_.Error("configuration not loaded, the old one stays", {{"err", config.status()}});
    return config.status();
  }
  success_time_.Set(static_cast<double>(now_ms) / 1000);
  for (const std::string& warning : config->InactiveWarnings())
    log_.Warn("configuration has a section that does nothing", {{"section", warning}});
  if (apply_) apply_(*config);
  config_ = std::make_unique<const Config>(*std::move(config));
  log_.Info("configuration loaded", {{"file", path_}});
  return {};
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
