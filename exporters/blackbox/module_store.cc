#include "exporters/blackbox/module_store.h"

#include <algorithm>

#include "common/config/unbind.h"
#include "common/fs/files.h"

namespace narthex::blackbox {
namespace {

// The place of "http.method" in a module, made where it is not there.
config::Node& PlaceOf(config::Node& module, std::string_view path) {
  config::Node* at = &module;
  while (!path.empty()) {
    const size_t dot = std::min(path.find('.'), path.size());
    const std::string key(path.substr(0, dot));
    path.remove_prefix(std::min(dot + 1, path.size()));
    if (at->kind != config::Node::Kind::kMapping) {
      *at = config::Node();
      at->kind = config::Node::Kind::kMapping;
    }
    const auto found = std::find_if(at->entries.begin(), at->entries.end(),
                                    [&](const auto& entry) { return entry.key.text == key; });
    if (found != at->entries.end()) {
      at = &found->value;
    } else {
      at->entries.push_back({config::ScalarNode(key, false), {}});
      at = &at->entries.back().value;
    }
  }
  return *at;
}

}  // namespace

ModuleStore::ModuleStore(std::string path, const Clock& clock, const Logger& log,
                         Registry& registry)
    : path_(std::move(path)),
      clock_(clock),
      log_(log),
      tokens_(clock),
      success_(registry.AddGauge("blackbox_exporter_config_last_reload_successful",
                                 "Whether the configuration could be read at the last attempt.")),
      success_time_(
          registry.AddGauge("blackbox_exporter_config_last_reload_success_timestamp_seconds",
                            "Unix time of the last successful attempt.")),
      set_(std::make_shared<const ModuleSet>()) {}

Result<bool> ModuleStore::Reload() {
  const std::lock_guard lock(reload_mutex_);
  auto changed = Read();
  success_.Set(changed.ok() ? 1 : 0);
  if (changed.ok()) success_time_.Set(static_cast<double>(clock_.NowMs()) / 1000);
  return changed;
}

Result<bool> ModuleStore::Read() {
  ASSIGN_OR_RETURN(std::string text, ReadFile(path_));
  const bool is_first = Get()->runtimes.empty();
  if (text == text_ && !is_first) return false;
  auto set = std::make_shared<ModuleSet>();
  ASSIGN_OR_RETURN(set->config, ParseBlackboxConfig(text, path_));
  for (const std::string& note : set->config.notes) log_.Warn(note);
  for (const auto& [name, module] : set->config.modules)
    set->runtimes.emplace(name, std::make_shared<ModuleRuntime>(name, module, tokens_));
  text_ = std::move(text);
  const std::lock_guard lock(mutex_);
  set_ = std::move(set);
  return true;
}

std::shared_ptr<const ModuleSet> ModuleStore::Get() const {
  const std::lock_guard lock(mutex_);
  return set_;
}

Result<std::shared_ptr<ModuleRuntime>> ModuleStore::Changed(const ModuleSet& set,
                                                            const std::string& module,
                                                            const Changes& changes) {
  config::Node node = set.config.sources.at(module);
  for (const auto& [path, value] : changes) {
    ASSIGN_OR_RETURN(const config::Node parsed, config::ParseYaml(value).Prefixed(path));
    PlaceOf(node, path) = parsed;
  }
  ASSIGN_OR_RETURN(Module changed, BindModule(node));
  return std::make_shared<ModuleRuntime>(module, std::move(changed), tokens_);
}

}  // namespace narthex::blackbox
