// A connection to MySQL or MariaDB, by MySQL Connector/C++. Its calls wait without an end, so a
// watch has the server end what takes too long, and the server has limits of its own from us.
#ifndef NARTHEX_EXPORTERS_MYSQL_MYSQL_SESSION_H_
#define NARTHEX_EXPORTERS_MYSQL_MYSQL_SESSION_H_

#include <memory>
#include <string>

#include "common/bytes/duration.h"
#include "exporters/kit/sql/session.h"
#include "exporters/mysql/client_config.h"
#include "exporters/mysql/statement_watch.h"

namespace narthex::exporters {

// What a connection of ours is told to keep to.
struct SessionLimits {
  int64_t lock_wait_s = 2;  // for locks of tables; 0: what the server has
  bool filters_slow_log = false;
  Duration statement = Duration::Seconds(60);  // should we be gone
};

// Connects with `database` as the default one, or none. kTimeout, kCancelled, kUnavailable; no
// message has a password. Times are in UTC. A connection that broke is noted in `watch`, and others
// made before it count as broken then.
Result<std::unique_ptr<SqlSession>> ConnectToMySql(const ServerSettings& server,
                                                   const std::string& database,
                                                   const SessionLimits& limits,
                                                   const QueryBounds& bounds,
                                                   const std::shared_ptr<StatementWatch>& watch);

// A watch that ends statements of the server by KILL QUERY, over a connection for that alone.
std::shared_ptr<StatementWatch> WatchMySql(const ServerSettings& server);

// The version in "10.11.6-MariaDB-0+deb12u1-log", and whether it is MariaDB's.
Result<SqlSession::Version> ParseServerVersion(std::string_view text);
bool IsMariaDb(std::string_view version_text);

// Text as a literal of SQL, whatever the server's sql_mode and our character set are.
std::string QuoteText(std::string_view text);
// A name as SQL has it: `a`.
std::string QuoteName(std::string_view name);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_MYSQL_MYSQL_SESSION_H_
