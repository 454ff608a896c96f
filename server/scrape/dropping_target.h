// A target for tests and benches of ingestion.
#ifndef NARTHEX_SERVER_SCRAPE_DROPPING_TARGET_H_
#define NARTHEX_SERVER_SCRAPE_DROPPING_TARGET_H_

#include <memory>
#include <string_view>

#include "server/scrape/target.h"

namespace narthex::server {

// One whose job drops the metrics whose whole names match `dropped`, and has these options.
inline std::shared_ptr<const Target> DroppingTarget(std::string_view dropped,
                                                    const ScrapeOptions& options = {}) {
  auto job = std::make_shared<ScrapeConfig>();
  job->job_name = "j";
  job->scrape_interval = job->scrape_timeout = Duration::Seconds(1);
  RelabelRule drop;
  drop.source_labels = {"__name__"};
  drop.regex = *Regex::Compile(dropped);
  drop.action = RelabelAction::kDrop;
  job->metric_relabel_configs = {drop};
  job->options = options;
  LabelSet discovered;
  return *Target::Make(job, "h:1", {}, &discovered);
}

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_SCRAPE_DROPPING_TARGET_H_
