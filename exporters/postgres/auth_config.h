// The exporter's own configuration: credentials for probes, by name.
//   auth_modules:
//     reader:
//       type: userpass
//       userpass: {username: exporter, password: secret}
//       options: {sslmode: disable}
#ifndef NARTHEX_EXPORTERS_POSTGRES_AUTH_CONFIG_H_
#define NARTHEX_EXPORTERS_POSTGRES_AUTH_CONFIG_H_

#include <map>
#include <string>

#include "common/config/bind.h"
#include "common/config/secret.h"
#include "exporters/postgres/dsn.h"

namespace narthex::exporters {

struct UserPass {
  std::string username;
  config::Secret password;

  void Describe(auto& fields) {
    fields.Optional("username", username);
    fields.Optional("password", password);
  }
};

struct AuthModule {
  std::string type;
  UserPass userpass;
  std::map<std::string, std::string> options;  // as in the parameters of a URL

  void Describe(auto& fields) {
    fields.Optional("type", type);
    fields.Optional("userpass", userpass);
    fields.Optional("options", options);
  }
  Status Validate() const;

  // Puts its credentials and options into those of a target.
  Status Apply(Dsn& dsn) const;
};

struct AuthConfig {
  std::map<std::string, AuthModule> auth_modules;

  void Describe(auto& fields) { fields.Optional("auth_modules", auth_modules); }
};

// The connection that a probe asks for. kInvalidArgument, without the target's text; an empty
// module name is none.
Result<Dsn> TargetOfProbe(const AuthConfig& config, std::string_view target,
                          std::string_view module);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_POSTGRES_AUTH_CONFIG_H_
