#include "exporters/postgres/auth_config.h"

namespace narthex::exporters {

Status AuthModule::Validate() const {
  if (!type.empty() && type != "userpass")
    return InvalidArgument("type: want userpass, got ", Quote(type));
  Dsn dsn;
  return Apply(dsn).Prefixed("options");
}

Status AuthModule::Apply(Dsn& dsn) const {
  if (type == "userpass") {
    if (!userpass.username.empty()) dsn.keywords["user"] = userpass.username;
    if (!userpass.password.empty()) dsn.password = userpass.password;
  }
  for (const auto& [keyword, value] : options) RETURN_IF_ERROR(dsn.Set(keyword, value));
  return {};
}

Result<Dsn> TargetOfProbe(const AuthConfig& config, std::string_view target,
                          std::string_view module) {
  if (target.empty()) return InvalidArgument("the parameter target is missing");
  ASSIGN_OR_RETURN(Dsn dsn, ParseTarget(target).Prefixed("target"));
  if (module.empty()) return dsn;
  const auto found = config.auth_modules.find(std::string(module));
  if (found == config.auth_modules.end())
    return InvalidArgument("auth_module ", Quote(module), " is not in the configuration");
  if (found->second.userpass.username.empty() || found->second.userpass.password.empty())
    return InvalidArgument("auth_module ", Quote(module), " has no username or password");
  RETURN_IF_ERROR(found->second.Apply(dsn));
  return dsn;
}

}  // namespace narthex::exporters
