// narthex-tool check config.
#include <filesystem>
#include <iostream>

#include "common/cli/flags.h"
#include "common/log/logger.h"
#include "server/config/config.h"
#include "server/discovery/group_file.h"
#include "server/scrape/target.h"
#include "tool/commands.h"

namespace narthex::tool {
namespace {

using server::ScrapeConfig;

struct Options {
  bool syntax_only = false;
  server::ConfigOptions config;
  std::vector<std::string> files;
};

Result<bool> ParseFlags(const std::vector<std::string>& arguments, Options& options,
                        std::ostream& out) {
  cli::Flags flags("narthex-tool check config",
                   "Checks configurations of the server as it would at its start, and the files of "
                   "targets that they name. Exits with 0 when all is well, else with 1.");
  flags.Add("syntax-only", &options.syntax_only, "Look at no file but the configuration itself.");
  flags.Add("config.allow-inactive", &options.config.allow_inactive,
            "Only warn of rules, alerting, remote write and remote read, on which the server does "
            "not act.");
  flags.AddArguments("FILE", &options.files, "A configuration, in the format of prometheus.yml.");
  std::string text;
  ASSIGN_OR_RETURN(const bool run, flags.Parse(arguments, text));
  out << text;
  if (run && options.files.empty()) return InvalidArgument("check config: want at least one FILE");
  return run;
}

// What a job would make of the targets in a file.
bool CheckGroupFile(const std::shared_ptr<const ScrapeConfig>& job, const std::string& path,
                    std::ostream& out, std::ostream& problems) {
  const auto text = ReadFile(path);
  if (!text.ok()) {
    problems << text.message() << "\n";
    return false;
  }
  const auto groups = server::ParseGroupFile(*text, path);
  if (!groups.ok()) {
    problems << groups.message() << "\n";
    return false;
  }
  const server::JobTargets found = server::TargetsOf(job, *groups);
  for (const Status& error : found.errors) problems << path << ": " << error.message() << "\n";
  out << "  " << path << ": " << found.targets.size() << " targets\n";
  return found.errors.empty();
}

bool CheckJob(const ScrapeConfig& config, std::ostream& out, std::ostream& problems) {
  const auto job = std::make_shared<const ScrapeConfig>(config);
  const server::JobTargets found = server::TargetsOf(job, server::StaticGroups(config));
  for (const Status& error : found.errors)
    problems << "job " << Quote(config.job_name) << ": " << error.message() << "\n";
  bool good = found.errors.empty();
  for (const server::FileSdConfig& sd : config.file_sd_configs) {
    for (const std::string& pattern : sd.files) {
      const std::vector<std::string> paths = server::FindGroupFiles(pattern);
      if (paths.empty())
        problems << "warning: job " << Quote(config.job_name) << ": no file is " << Quote(pattern)
                 << " at present\n";
      for (const std::string& path : paths) good &= CheckGroupFile(job, path, out, problems);
    }
  }
  return good;
}

bool CheckFile(const std::string& path, const Options& options, std::ostream& out,
               std::ostream& problems) {
  const auto config = server::LoadConfig(path, options.config);
  if (!config.ok()) {
    problems << config.message() << "\n";
    return false;
  }
  for (const std::string& warning : config->InactiveWarnings())
    problems << "warning: " << path << ": " << warning << "\n";
  bool good = true;
  out << path << ": " << config->scrape_configs.size() << " jobs\n";
  if (!options.syntax_only) {
    for (const ScrapeConfig& job : config->scrape_configs) good &= CheckJob(job, out, problems);
  }
  if (good) out << path << " is valid\n";
  return good;
}

}  // namespace

int CheckConfig(const std::vector<std::string>& arguments, std::ostream& out,
                std::ostream& problems) {
  Options options;
  const auto run = ParseFlags(arguments, options, out);
  if (!run.ok()) {
    problems << run.message() << "\n";
    return kFailure;
  }
  if (!*run) return kSuccess;
  bool good = true;
  for (const std::string& file : options.files) good &= CheckFile(file, options, out, problems);
  return good ? kSuccess : kFailure;
}

}  // namespace narthex::tool
