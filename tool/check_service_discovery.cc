// narthex-tool check service-discovery.
#include <chrono>
#include <condition_variable>
#include <iostream>
#include <mutex>

#include "server/api/json_object.h"
#include "server/config/inactive.h"
#include "server/discovery/discovery_manager.h"
#include "server/scrape/target.h"
#include "tool/command.h"
#include "tool/commands.h"

namespace narthex::tool {
namespace {

struct Options {
  std::string file, job;
  Duration timeout = Duration::Seconds(30);
};

Result<server::Config> LoadJob(const Options& options) {
  ASSIGN_OR_RETURN(server::Config config,
                   server::LoadConfig(options.file, {.allow_inactive = true}));
  std::string names;
  for (const server::ScrapeConfig& job : config.scrape_configs) {
    if (job.job_name == options.job) {
      server::Config one;
      one.scrape_configs.push_back(job);
      return one;
    }
    names += (names.empty() ? "" : ", ") + Quote(job.job_name);
  }
  return InvalidArgument("no job ", Quote(options.job), " in ", options.file, ", want one of ",
                         names);
}

// The groups of the only job, as they are once every source had the time to answer.
std::vector<server::TargetGroup> Discover(const server::Config& config, Duration timeout) {
  std::mutex mutex;
  std::vector<server::TargetGroup> groups;
  const SystemClock clock;
  Registry registry;
  server::DiscoveryManager manager(
      [&](const std::string&, const std::vector<server::TargetGroup>& found) {
        const std::lock_guard lock(mutex);
        groups = found;
      },
      clock, Logger(LogOptions{}), registry);
  manager.Apply(config);
  if (!manager.WaitForAnswers(timeout))
    std::cerr << "not all sources answered within " << FormatDuration(timeout) << "\n";
  const std::lock_guard lock(mutex);
  return groups;
}

void Print(const std::shared_ptr<const server::ScrapeConfig>& job,
           const std::vector<server::TargetGroup>& groups, std::ostream& out) {
  std::string json;
  {
    server::ListWriter list(json);
    for (const server::TargetGroup& group : groups) {
      for (const std::string& address : group.addresses) {
        LabelSet discovered;
        const auto target = server::Target::Make(job, address, group.labels, &discovered);
        server::ObjectWriter object(list.Next());
        object.Labels("discoveredLabels", discovered);
        const bool kept = target.ok() && *target != nullptr;
        object.Labels("labels", kept ? (*target)->labels() : LabelSet());
        if (!target.ok()) object.Text("error", target.message());
      }
    }
  }
  out << json << "\n";
}

}  // namespace

int CheckServiceDiscovery(const std::vector<std::string>& arguments, std::ostream& out,
                          std::ostream& problems) {
  Options options;
  cli::Flags flags("narthex-tool check service-discovery",
                   "Discovers the targets of one job and prints their labels, before relabelling "
                   "and after it, as JSON. What somebody else has to be asked for is waited for "
                   "until the timeout.");
  flags.Add("timeout", &options.timeout, "How long to wait for answers.");
  flags.AddArgument("FILE", &options.file, "A configuration, in the format of prometheus.yml.");
  flags.AddArgument("JOB", &options.job, "The name of a job in it.");
  return RunCommand(flags, arguments, out, problems, [&]() -> Status {
    if (options.job.empty()) return InvalidArgument("want FILE and JOB, see --help");
    ASSIGN_OR_RETURN(const server::Config config, LoadJob(options));
    for (const server::Inactive& notice : server::Notices(config))
      problems << "warning: " << notice.Text() << "\n";
    const auto job = std::make_shared<const server::ScrapeConfig>(config.scrape_configs.front());
    Print(job, Discover(config, options.timeout), out);
    return {};
  });
}

}  // namespace narthex::tool
