#include "server/config/alerting_config.h"

namespace narthex::server {

Status AlertmanagerConfig::Validate() const {
  if (scheme != "http" && scheme != "https")
    return InvalidArgument("unknown scheme ", Quote(scheme), ", want http or https");
  if (api_version != "v2") return InvalidArgument("api_version: want v2, got ", Quote(api_version));
  RETURN_IF_ERROR(http.Validate());
  const bool other_login = http.basic_auth || http.authorization || http.oauth2;
  if (other_login && sigv4) {
    return InvalidArgument(
        "at most one of basic_auth, authorization, oauth2 and sigv4 may be given");
  }
  return relabel_configs.empty() ? discovery.RefuseUrls() : Status();
}

}  // namespace narthex::server
