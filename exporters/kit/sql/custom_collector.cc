#include "exporters/kit/sql/custom_collector.h"

#include <map>
#include <mutex>

#include "exporters/kit/sql/custom_rows.h"

namespace narthex::exporters {
namespace {

class CustomCollector {
 public:
  CustomCollector(CustomQuery query, std::string name, CustomOptions options, const Clock& clock)
      : query_(std::move(query)),
        name_(std::move(name)),
        options_(std::move(options)),
        clock_(clock) {}

  Status Collect(const SqlScope& scope, MetricSink& sink) {
    const int64_t now_ms = clock_.NowMs();
    {
      const std::lock_guard lock(mutex_);
      if (now_ms >= cached_ms_ && now_ms < cached_until_ms_) {
        Show(cached_, sink);
        return {};
      }
    }
    CustomRows rows(query_, name_);
    Status status = Run(scope, rows);
    for (Status& complaint : rows.complaints) sink.Complain(std::move(complaint));
    Show(rows.samples, sink);
    if (!status.ok() || query_.cache_seconds == 0) return status;
    const std::lock_guard lock(mutex_);
    cached_ = std::move(rows.samples);
    cached_ms_ = now_ms;
    cached_until_ms_ = now_ms + static_cast<int64_t>(query_.cache_seconds) * 1000;
    return status;
  }

 private:
  // Where it is to run, one after the other; one that fails does not keep the others.
  Status Run(const SqlScope& scope, CustomRows& rows) const {
    QueryBounds bounds = scope.bounds;
    if (query_.timeout.ms > 0) bounds = bounds.Within(query_.timeout);
    bounds.max_rows = query_.max_rows;
    Status first_failure;
    for (const SqlSource& source : scope.sources) {
      if (!source.reached.ok() || !query_.runonserver.Contains(source.version)) continue;
      for (const std::string& database : source.databases) {
        if (!database.empty() && query_.master) break;
        // Connected to no database: then a query that is for each has nothing to look at.
        if (database.empty() && !query_.master && IsForOthersOnly(source)) continue;
        Status status = RunIn(source, database, bounds, rows);
        if (!database.empty()) status = status.Prefixed("database " + Quote(database));
        if (!status.ok() && first_failure.ok()) first_failure = std::move(status);
      }
    }
    return first_failure;
  }

  static bool IsForOthersOnly(const SqlSource& source) {
    return source.own_database.empty() && source.databases.size() > 1;
  }

  Status RunIn(const SqlSource& source, const std::string& database, const QueryBounds& bounds,
               CustomRows& rows) const {
    auto labels = options_.labels;
    if (options_.shows_server) labels.emplace_back("server", source.name);
    if (options_.shows_database)
      labels.emplace_back(options_.database_label,
                          database.empty() ? source.own_database : database);
    ASSIGN_OR_RETURN(const SessionPool::Lease session, source.pool->Take(database, bounds));
    rows.Begin(session->version(), std::move(labels));
    return session->Query(query_.query, bounds, [&](const SqlRow& row) { return rows.Read(row); });
  }

  static void Show(const std::vector<CustomSample>& samples, MetricSink& sink) {
    std::map<std::string_view, const CustomSample*> first;  // says what its family is
    std::vector<Label> labels;
    for (const CustomSample& sample : samples) {
      const CustomSample& family = *first.emplace(sample.family, &sample).first->second;
      labels.clear();
      for (const auto& [name, value] : sample.labels) labels.push_back({name, value});
      sink.AnyFamily(family.family, family.type, family.help)
          .Sample(sample.suffix, labels.data(), labels.size(), sample.value);
    }
  }

  const CustomQuery query_;
  const std::string name_;
  const CustomOptions options_;
  const Clock& clock_;
  std::mutex mutex_;
  std::vector<CustomSample> cached_;
  int64_t cached_ms_ = 0;
  int64_t cached_until_ms_ = 0;
};

}  // namespace

std::vector<SqlCollector> MakeCustomCollectors(const CustomQueries& queries,
                                               const CustomOptions& options, const Clock& clock) {
  std::vector<SqlCollector> collectors;
  for (const auto& [name, query] : queries.queries) {
    std::string shown = name;
    if (const size_t at = shown.find("pg"); at != std::string::npos)
      shown.replace(at, 2, options.prefix);
    auto collector = std::make_shared<CustomCollector>(query, shown, options, clock);
    SqlCollector made{"query:" + name, [collector](const SqlScope& scope, MetricSink& sink) {
                        return collector->Collect(scope, sink);
                      }};
    made.of_all_sources = true;
    made.has_foreign_names = true;
    collectors.push_back(std::move(made));
  }
  return collectors;
}

}  // namespace narthex::exporters
