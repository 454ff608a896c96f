// A connection to PostgreSQL, by libpq. Every wait has an end, and the server has limits of its own
// from us, should we be gone.
#ifndef NARTHEX_EXPORTERS_POSTGRES_PG_SESSION_H_
#define NARTHEX_EXPORTERS_POSTGRES_PG_SESSION_H_

#include <memory>
#include <string>

#include "common/bytes/duration.h"
#include "exporters/kit/sql/session.h"
#include "exporters/postgres/dsn.h"

namespace narthex::exporters {

// What the server is told to end by itself. A setting that the connection string has wins.
struct ServerLimits {
  Duration statement = Duration::Seconds(60);
  Duration lock = Duration::Seconds(2);
  Duration idle_in_transaction = Duration::Seconds(10);
};

// Connects to `database`, or to that of the connection string where it is empty. kTimeout,
// kCancelled, kUnavailable; no message has a password.
Result<std::unique_ptr<SqlSession>> ConnectToPostgres(const Dsn& dsn, const std::string& database,
                                                      const ServerLimits& limits,
                                                      const QueryBounds& bounds);

// Text as a literal of SQL.
std::string QuoteLiteral(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_POSTGRES_PG_SESSION_H_
