// What a database exporter is pointed at, and how one scrape of it goes.
//
// Connections are few: a target has at most so many to each of its servers, whatever is asked of
// it. Collectors run one by one over one connection; while one of them takes long, the others go on
// over the next. Scrapes that ask for the same at the same time share one answer. A scrape that
// nobody waits for any more is cancelled, on the server too.
#ifndef NARTHEX_EXPORTERS_KIT_SQL_SQL_TARGET_H_
#define NARTHEX_EXPORTERS_KIT_SQL_SQL_TARGET_H_

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/log/logger.h"
#include "exporters/kit/deadline_runner.h"
#include "exporters/kit/metric_sink.h"
#include "exporters/kit/sql/session_pool.h"

namespace narthex::exporters {

// A server of a target.
struct SqlSource {
  std::string name;  // without secrets: "127.0.0.1:5432"
  std::shared_ptr<SessionPool> pool;

  // Filled by each scrape, before its collectors run.
  Status reached;  // why it could not be connected to
  SqlSession::Version version = {};
  std::string version_text = {};
  std::string own_database = {};            // the name of the one connected to
  std::vector<std::string> databases = {};  // to run in each: the one connected to, "", first
};

// What one run of a collector may use. A collector owns a share of it: it may be late.
struct SqlScope {
  std::vector<SqlSource> sources;  // of the target, in its order
  QueryBounds bounds;

  // A connection to the first server.
  Result<SessionPool::Lease> Session() const { return sources[0].pool->Take("", bounds); }
};

struct SqlCollector {
  std::string name;
  std::function<Status(const SqlScope&, MetricSink&)> collect;
  // Of every server of the target; else of the first alone, and nothing where that cannot be
  // reached.
  bool of_all_sources = false;
  // Whether it shows in PREFIX_scrape_collector_success, by its name.
  bool is_shown = true;
  // Whether users choose the names of its families: another collector's of the same name wins.
  bool has_foreign_names = false;
};

// The answer to a scrape. Immutable once given.
struct SqlScrape {
  using Collectors = std::shared_ptr<const std::vector<SqlCollector>>;

  struct Outcome {
    const SqlCollector* collector;
    Status status;
    double seconds;
    std::shared_ptr<const openmetrics::ExpositionWriter> samples;  // null where it was late
    std::vector<Status> complaints;
  };

  Collectors collectors;           // that the outcomes are of
  std::vector<SqlSource> sources;  // with what was found of them
  std::vector<Outcome> outcomes;   // none where the first server could not be reached
  double seconds = 0;
  double connect_seconds = 0;  // of them, until the servers were reached

  size_t unreached() const;
};

class SqlTarget {
 public:
  struct Options {
    size_t max_connections = 2;
    // Fills a source's `databases`; none for the one database alone.
    std::function<Status(SqlSession&, const QueryBounds&, SqlSource&)> find_databases = nullptr;
  };
  struct Question {
    openmetrics::Format format = openmetrics::Format::kText;
    std::vector<std::string> collectors = {};  // by name; empty for all
    Duration budget = {};
    std::function<bool()> is_gone = nullptr;  // whether whoever asked has left
  };

  SqlTarget(std::vector<SqlSource> sources, SqlScrape::Collectors collectors, Options options);

  // Null where the asker left or its budget was over while others were answered.
  std::shared_ptr<const SqlScrape> Scrape(const Question& question);

  // Collectors that were given up and are still under way.
  size_t stuck() const { return runner_.stuck(); }
  const std::vector<SqlSource>& sources() const { return sources_; }

 private:
  struct Flight;

  std::shared_ptr<const SqlScrape> Join(std::unique_lock<std::mutex>& lock, Flight& flight,
                                        const Question& question);
  std::shared_ptr<const SqlScrape> Fly(const Question& question, Flight& flight);
  void Connect(SqlScope& scope, const DeadlineRunner::Limits& limits);
  std::vector<SqlScrape::Outcome> Collect(const std::shared_ptr<const SqlScope>& scope,
                                          const Question& question,
                                          const DeadlineRunner::Limits& limits);

  const std::vector<SqlSource> sources_;
  const SqlScrape::Collectors collectors_;
  const Options options_;
  DeadlineRunner runner_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<Flight> flight_;  // the scrape under way
};

inline constexpr std::string_view kDurationHelp = "Seconds that the collector took.";

// Puts an answer into an exposition, with `prefix` + "duration_seconds" and "success" of each
// collector, and what went wrong into the log.
void ShowScrape(const SqlScrape& scrape, const std::string& prefix,
                openmetrics::ExpositionWriter& out, const Logger& log);

// Shows how many connections there are to the target's servers.
void ShowConnections(const SqlTarget& target, openmetrics::ExpositionWriter& out);

// The targets that requests name, while they are asked: two requests for one at a time are one.
// Safe from several threads.
class ProbedTargets {
 public:
  // The target of that key; `make` makes it where there is none now.
  std::shared_ptr<SqlTarget> Get(const std::string& key,
                                 const std::function<std::shared_ptr<SqlTarget>()>& make);

 private:
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<SqlTarget>> targets_;
};

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_SQL_SQL_TARGET_H_
