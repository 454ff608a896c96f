// Answers scrapes of one PostgreSQL server or several, and probes.
#ifndef NARTHEX_EXPORTERS_POSTGRES_EXPORTER_H_
#define NARTHEX_EXPORTERS_POSTGRES_EXPORTER_H_

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/client/registry.h"
#include "common/http_server/message.h"
#include "common/log/logger.h"
#include "exporters/kit/sql/custom_collector.h"
#include "exporters/kit/sql/sql_target.h"
#include "exporters/postgres/auth_config.h"
#include "exporters/postgres/options.h"

namespace narthex::exporters {

// Safe from several threads.
class PostgresExporter {
 public:
  // All that is referred to outlives the exporter.
  PostgresExporter(const PostgresOptions& options, const CustomQueries& queries,
                   const std::vector<Dsn>& sources, const Clock& clock, Registry& registry,
                   const Logger& log);

  // /metrics: our own metrics, then those of the sources.
  void AnswerScrape(const HttpRequest& request, HttpResponse& response);
  // /probe?target=…&auth_module=…
  void AnswerProbe(const HttpRequest& request, HttpResponse& response);

  // Takes a configuration, as at the start and on SIGHUP; null where it could not be read.
  void TakeConfig(std::shared_ptr<const AuthConfig> config, double now_s);

  bool HasStuckRuns() const { return target_->stuck() > 0; }

 private:
  std::shared_ptr<SqlTarget> MakeTarget(const std::vector<Dsn>& sources) const;
  void Show(SqlTarget& target, const HttpRequest& request, HttpResponse& response,
            openmetrics::ExpositionWriter& out, double scrapes_before);

  const PostgresOptions& options_;
  const CustomQueries& queries_;
  Registry& registry_;
  const Logger log_;
  const SqlScrape::Collectors collectors_;
  const std::shared_ptr<SqlTarget> target_;
  std::atomic<double> scrapes_{0};
  std::mutex mutex_;
  std::shared_ptr<const AuthConfig> config_;
  ProbedTargets probed_;
  Gauge& config_success_;
  Gauge& config_success_time_s_;
};

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_POSTGRES_EXPORTER_H_
