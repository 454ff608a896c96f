// Which servers there are and how to get into them: the sections of .my.cnf as mysqld_exporter
// understands them, with what flags and the environment add to [client].
#ifndef NARTHEX_EXPORTERS_MYSQL_CLIENT_CONFIG_H_
#define NARTHEX_EXPORTERS_MYSQL_CLIENT_CONFIG_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/secret.h"
#include "exporters/mysql/option_file.h"

namespace narthex::exporters {

struct TlsSettings {
  enum class Mode : unsigned char {
    kOff,
    kPreferred,   // where the server has it; nobody checks its certificate
    kUnverified,  // always, and nobody checks
    kVerified,    // the certificate is checked, and that it is the host's
  };

  Mode mode = Mode::kOff;
  std::string ca;    // file; empty: those that the system trusts
  std::string cert;  // ours
  std::string key;
  std::string versions;  // "TLSv1.2,TLSv1.3"; empty for all
};

// A server and how to connect to it.
struct ServerSettings {
  std::string host = "127.0.0.1";
  uint16_t port = 3306;
  std::string socket;  // instead of host and port
  std::string user;
  config::Secret password;
  bool allows_cleartext = false;  // a password may be sent as it is, where the server asks for that
  TlsSettings tls;

  // Where it is, without who: "127.0.0.1:3306", "[::1]:3306", a path.
  std::string Name() const;
  // Points it elsewhere: "host:port" or "unix:///path". kInvalidArgument, without the text.
  Status SetAddress(std::string_view address);
};

// What stands in for options that [client] does not have.
struct ClientDefaults {
  std::string address = "localhost:3306";  // --mysqld.address
  std::string user;                        // --mysqld.username
  config::Secret password;                 // MYSQLD_EXPORTER_PASSWORD, or from a file
  bool skip_verify = false;                // --tls.insecure-skip-verify, of every section
};

struct ClientConfig {
  std::map<std::string, ServerSettings, std::less<>> sections;  // those that can be used
  std::map<std::string, Status, std::less<>> unusable;          // and why the others cannot
  std::vector<std::string> notes;
};

// kInvalidArgument where the flags are wrong or nothing can be used. `variable` is the environment.
Result<ClientConfig> MakeClientConfig(
    OptionFile file, const ClientDefaults& defaults,
    const std::function<std::string(const std::string&)>& variable);

// The server that a request asks for: that of [client] where `target` is empty, else the target
// with the credentials of the section. kInvalidArgument.
Result<ServerSettings> ServerOfRequest(const ClientConfig& config, std::string_view target,
                                       std::string_view section);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_MYSQL_CLIENT_CONFIG_H_
