// Answers scrapes of one MySQL server, and probes of others.
#ifndef NARTHEX_EXPORTERS_MYSQL_EXPORTER_H_
#define NARTHEX_EXPORTERS_MYSQL_EXPORTER_H_

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "common/client/registry.h"
#include "common/http_server/message.h"
#include "common/log/logger.h"
#include "exporters/kit/sql/custom_collector.h"
#include "exporters/kit/sql/sql_target.h"
#include "exporters/mysql/options.h"

namespace narthex::exporters {

// Safe from several threads.
class MySqlExporter {
 public:
  // All that is referred to outlives the exporter.
  MySqlExporter(const MySqlOptions& options, const CustomQueries& queries, const Clock& clock,
                Registry& registry, const Logger& log);

  // /metrics: our own metrics, then those of the server, or of the one that ?target= names.
  void AnswerScrape(const HttpRequest& request, HttpResponse& response);
  // /probe?target=…&auth_module=…
  void AnswerProbe(const HttpRequest& request, HttpResponse& response);

  // Reads the configuration, as at the start, on SIGHUP and by /-/reload. One that is broken leaves
  // the old one in place.
  Status ReadConfig();

  bool HasStuckRuns() const;

 private:
  std::shared_ptr<SqlTarget> MakeTarget(const ServerSettings& server) const;
  void TakeConfig(ClientConfig config);
  std::shared_ptr<SqlTarget> target() const;
  // kInvalidArgument: what the request asks for is not there.
  Result<std::shared_ptr<SqlTarget>> TargetOf(std::string_view address, std::string_view section);
  void Show(SqlTarget* target, const HttpRequest& request, HttpResponse& response,
            openmetrics::ExpositionWriter& out);
  std::vector<std::string> ChosenBy(const HttpRequest& request) const;

  const MySqlOptions& options_;
  const Clock& clock_;
  Registry& registry_;
  const Logger log_;
  const SqlScrape::Collectors collectors_;
  mutable std::mutex mutex_;
  ClientConfig config_;
  std::shared_ptr<SqlTarget> target_;  // of [client]; null where that cannot be used
  ProbedTargets probed_;
  Gauge& config_success_;
  Gauge& config_success_time_s_;
};

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_MYSQL_EXPORTER_H_
