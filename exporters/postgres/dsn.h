// Connection strings, as DATA_SOURCE_NAME and the targets of probes have them:
//   postgresql://user:password@host:5432/db?sslmode=disable
//   host=/run/postgresql user=postgres password='a b'
//   host:5432/db?sslmode=disable          (targets only)
// They are read by ourselves, not by libpq: its messages repeat what it could not read, and
// that may be a password. Semantics follow lib/pq of the original: what is no keyword of a
// connection is a setting of the server's ("search_path"), and sslmode is "require" by default.
#ifndef NARTHEX_EXPORTERS_POSTGRES_DSN_H_
#define NARTHEX_EXPORTERS_POSTGRES_DSN_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/secret.h"
#include "common/status/status.h"

namespace narthex::exporters {

struct Dsn {
  std::map<std::string, std::string, std::less<>> keywords;  // of libpq; without passwords
  std::map<std::string, std::string, std::less<>> settings;  // of the server
  config::Secret password;
  config::Secret key_password;  // sslpassword

  // kInvalidArgument, without the value: a keyword that means nothing here.
  Status Set(const std::string& keyword, const std::string& value);

  // "host:port", which says where without saying who.
  std::string Server() const;
  // For libpq's "options": "-c search_path=a".
  std::string Options() const;
};

// kInvalidArgument says what is wrong, but never repeats the text.
Result<Dsn> ParseDsn(std::string_view text);
// As ParseDsn, and without "postgresql://" too.
Result<Dsn> ParseTarget(std::string_view text);

// The values of the environment that name data sources, DATA_SOURCE_NAME before the others; files
// before variables. None where nothing is set.
struct DataSourceEnvironment {
  std::string name;
  std::string uri;
  std::string uri_file;
  std::string user;
  std::string user_file;
  std::string password;
  std::string password_file;

  static DataSourceEnvironment FromProcess();
};
Result<std::vector<Dsn>> FindDataSources(const DataSourceEnvironment& environment);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_POSTGRES_DSN_H_
