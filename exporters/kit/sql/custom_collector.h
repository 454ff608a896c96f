// Runs a query of a user and shows its answer.
#ifndef NARTHEX_EXPORTERS_KIT_SQL_CUSTOM_COLLECTOR_H_
#define NARTHEX_EXPORTERS_KIT_SQL_CUSTOM_COLLECTOR_H_

#include <string>
#include <utility>
#include <vector>

#include "common/clock/clock.h"
#include "exporters/kit/sql/custom_queries.h"
#include "exporters/kit/sql/sql_target.h"

namespace narthex::exporters {

struct CustomOptions {
  std::vector<std::pair<std::string, std::string>> labels;  // of every sample
  std::string prefix = "pg";    // what stands for the first "pg" of a query's name
  bool shows_server = false;    // by a label "server"
  bool shows_database = false;  // by the label `database_label`, where the query has none
  std::string database_label = "datname";
};

// A collector for each query, by the name "query:NAME". Queries that are not `master` run in each
// of the source's databases. `clock` outlives them.
std::vector<SqlCollector> MakeCustomCollectors(const CustomQueries& queries,
                                               const CustomOptions& options, const Clock& clock);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_SQL_CUSTOM_COLLECTOR_H_
