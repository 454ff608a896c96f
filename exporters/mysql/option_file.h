// The files in which MySQL's programs find their options (.my.cnf), as mysqld_exporter reads them:
//
//   [client]
//   user = exporter
//   password = "pa#ss"          ; quotes are taken off, \" is a quote
//   socket=/run/mysqld/mysqld.sock
//   [client.db2]                # has what [client] has, too
//   password = ${DB2_PASSWORD}  # from the environment
//
// A line that begins with # or ; is a comment, behind a value either is part of it. A name alone is
// "true"; a line that ends in a backslash goes on in the next. Later sections and values of the
// same name add to and replace earlier ones.
#ifndef NARTHEX_EXPORTERS_MYSQL_OPTION_FILE_H_
#define NARTHEX_EXPORTERS_MYSQL_OPTION_FILE_H_

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/secret.h"
#include "common/status/status.h"

namespace narthex::exporters {

struct OptionFile {
  // Any value may be a password.
  using Section = std::map<std::string, config::Secret, std::less<>>;

  std::map<std::string, Section, std::less<>> sections;
  std::vector<std::string> notes;  // what is left out, a sentence each
};

// kInvalidArgument "FILE:LINE: …", which never repeats what stands there.
Result<OptionFile> ParseOptionFile(std::string_view text, const std::string& file);

// The variables of the environment in a text, as Go's os.ExpandEnv: $NAME and ${NAME}; one that is
// not set is empty, and a $ without a name stays.
std::string ExpandVariables(std::string_view text,
                            const std::function<std::string(const std::string&)>& variable);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_MYSQL_OPTION_FILE_H_
