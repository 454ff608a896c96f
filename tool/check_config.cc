// narthex-tool check config.
#include <absl/strings/str_split.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <set>

#include "common/log/logger.h"
#include "server/config/config.h"
#include "server/config/inactive.h"
#include "server/discovery/group_file.h"
#include "server/rules/rule_file.h"
#include "server/scrape/target.h"
#include "tool/command.h"
#include "tool/commands.h"

namespace narthex::tool {
namespace {

using server::ScrapeConfig;

constexpr Duration kDefaultLookback = Duration::Seconds(5 * 60);

struct Options {
  bool syntax_only = false;
  bool agent = false;
  bool allow_inactive = false;
  std::string lint = "duplicate-rules";
  bool lint_fatal = false;
  Duration lookback = kDefaultLookback;
  std::vector<std::string> files;

  bool Lints(const std::string& what) const {
    const std::set<std::string> names = absl::StrSplit(lint, ',');
    return names.count("none") == 0 && (names.count("all") > 0 || names.count(what) > 0);
  }
};

constexpr std::string_view kLintNames[] = {"all", "duplicate-rules", "too-long-scrape-interval",
                                           "none"};

Status CheckLintNames(const std::string& list) {
  const std::vector<std::string> names = absl::StrSplit(list, ',', absl::SkipEmpty());
  for (const std::string& one : names) {
    if (std::find(std::begin(kLintNames), std::end(kLintNames), one) == std::end(kLintNames)) {
      return InvalidArgument(
          "--lint: want some of all, duplicate-rules, too-long-scrape-interval and none, got ",
          Quote(one));
    }
  }
  return {};
}

void AddFlags(cli::Flags& flags, Options& options) {
  flags.Add("syntax-only", &options.syntax_only, "Look at no file but the configuration itself.");
  flags.Add("agent", &options.agent, "Refuse what a Prometheus in agent mode refuses.");
  flags.Add("lint", &options.lint,
            "What to lint, between commas: duplicate-rules (of one name and equal labels in one "
            "file), too-long-scrape-interval (one after which a series is stale before its next "
            "sample), all, none.",
            "NAME");
  flags.AddRefused(
      "ignore-unknown-fields", true,
      "files of rules are read as a server reads them; remove what is not of the format");
  flags.Add("lint-fatal", &options.lint_fatal, "Exit with 3 when lint has something to say.");
  flags.Add("query.lookback-delta", &options.lookback,
            "The server's, beyond which a scrape interval is too long.");
  flags.Add("config.allow-inactive", &options.allow_inactive,
            "Do not warn of what the server would not act on, such as rules and remote write.");
  flags.AddArguments("FILE", &options.files, "A configuration, in the format of prometheus.yml.");
}

struct Verdict {
  bool good = true;
  bool lint_clean = true;
};

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
  for (const server::FileSdConfig& sd : config.discovery.file_sd_configs) {
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

// Files with credentials and certificates.
bool CheckFilesOf(HttpClientConfig http, std::string_view where, std::ostream& problems) {
  bool good = true;
  for (const std::string* file : http.Files()) {
    if (file->empty() || ::access(file->c_str(), R_OK) == 0) continue;
    problems << where << ": cannot read " << Quote(*file) << ": " << std::strerror(errno) << "\n";
    good = false;
  }
  return good;
}

void CheckRuleFile(const std::string& path, const Options& options, Verdict& verdict,
                   std::ostream& out, std::ostream& problems) {
  const auto text = ReadFile(path);
  const auto file = text.ok() ? server::ParseRuleFile(*text, path) : text.status();
  if (!file.ok()) {
    verdict.good = false;
    problems << file.message() << "\n";
    return;
  }
  out << "  " << path << ": " << file->rule_count() << " rules\n";
  if (!options.Lints("duplicate-rules")) return;
  for (const LabelSet& labels : server::DuplicateRules(*file)) {
    verdict.lint_clean = false;
    problems << "lint: " << path << ": more than one rule writes to " << labels.ToString() << "\n";
  }
}

// A path without stars has to be there.
void CheckRuleFiles(const server::Config& config, const Options& options, Verdict& verdict,
                    std::ostream& out, std::ostream& problems) {
  for (const std::string& pattern : config.rule_files.value) {
    const std::vector<std::string> paths = pattern.find('*') == std::string::npos
                                               ? std::vector<std::string>{pattern}
                                               : server::FilesOf(pattern);
    for (const std::string& path : paths) CheckRuleFile(path, options, verdict, out, problems);
  }
}

bool CheckAgent(const server::Config& config, const std::string& path, std::ostream& problems) {
  const std::pair<bool, std::string_view> sections[] = {
      {!config.alerting.value.alertmanagers.empty() ||
           !config.alerting.value.alert_relabel_configs.empty(),
       "alerting"},
      {!config.rule_files.value.empty(), "rule_files"},
      {!config.remote_read.value.empty(), "remote_read"}};
  bool good = true;
  for (const auto& [present, name] : sections) {
    if (present) problems << path << ": " << name << " is not for agent mode\n";
    good &= !present;
  }
  return good;
}

void Lint(const server::Config& config, const Options& options, Verdict& verdict,
          std::ostream& problems) {
  if (!options.Lints("too-long-scrape-interval")) return;
  for (const ScrapeConfig& job : config.scrape_configs) {
    if (job.scrape_interval < options.lookback) continue;
    verdict.lint_clean = false;
    problems << "lint: job " << Quote(job.job_name) << ": its scrape interval of "
             << FormatDuration(job.scrape_interval) << " is not below the lookback of "
             << FormatDuration(options.lookback)
             << ": its series are stale before their next sample\n";
  }
}

Verdict CheckFile(const std::string& path, const Options& options, std::ostream& out,
                  std::ostream& problems) {
  const auto config = server::LoadConfig(path, {.allow_inactive = true});
  if (!config.ok()) {
    problems << config.message() << "\n";
    return {.good = false};
  }
  if (!options.allow_inactive) {
    for (const server::Inactive& part : server::InactiveParts(*config))
      problems << "warning: " << path << ": " << part.Text()
               << "; the server starts with --config.allow-inactive only\n";
    for (const server::Inactive& part : server::Notices(*config))
      problems << "warning: " << path << ": " << part.Text() << "\n";
  }
  Verdict verdict;
  out << path << ": " << config->scrape_configs.size() << " jobs\n";
  if (options.agent) verdict.good &= CheckAgent(*config, path, problems);
  if (!options.syntax_only) {
    CheckRuleFiles(*config, options, verdict, out, problems);
    for (const ScrapeConfig& job : config->scrape_configs) {
      verdict.good &= CheckJob(job, out, problems);
      verdict.good &= CheckFilesOf(job.http, "job " + Quote(job.job_name), problems);
    }
  }
  if (!options.syntax_only) Lint(*config, options, verdict, problems);
  if (verdict.good) out << path << " is valid\n";
  return verdict;
}

}  // namespace

int CheckConfig(const std::vector<std::string>& arguments, std::ostream& out,
                std::ostream& problems) {
  Options options;
  cli::Flags flags("narthex-tool check config",
                   "Checks configurations of the server, and the files that they name. Exits with "
                   "0 when all is well, with 1 when something is wrong, and by --lint-fatal with 3 "
                   "when lint has something to say.");
  AddFlags(flags, options);
  Verdict all;
  const int ran = RunCommand(flags, arguments, out, problems, [&]() -> Status {
    if (options.files.empty()) return InvalidArgument("want at least one FILE, see --help");
    RETURN_IF_ERROR(CheckLintNames(options.lint));
    for (const std::string& file : options.files) {
      const Verdict one = CheckFile(file, options, out, problems);
      all.good &= one.good;
      all.lint_clean &= one.lint_clean;
    }
    return {};
  });
  if (ran != kSuccess) return ran;
  if (!all.good) return kFailure;
  return options.lint_fatal && !all.lint_clean ? kLintFindings : kSuccess;
}

}  // namespace narthex::tool
