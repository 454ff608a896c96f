#include "common/http_client_config/tls_client_config.h"

#include "common/http_client_config/field_rules.h"

namespace narthex {

Status TlsClientConfig::Validate() const {
  RETURN_IF_ERROR(AtMostOne(!ca.empty(), !ca_file.empty(), "ca and ca_file"));
  RETURN_IF_ERROR(AtMostOne(!cert.empty(), !cert_file.empty(), "cert and cert_file"));
  RETURN_IF_ERROR(AtMostOne(!key.empty(), !key_file.empty(), "key and key_file"));
  const bool has_cert = !cert.empty() || !cert_file.empty();
  const bool has_key = !key.empty() || !key_file.empty();
  if (has_cert && !has_key) return InvalidArgument("a client certificate needs key or key_file");
  if (has_key && !has_cert) return InvalidArgument("a client key needs cert or cert_file");
  if (max_version && min_version > *max_version)
    return InvalidArgument("min_version is above max_version");
  if (HasControl(server_name) || server_name.find_first_of("/?#@ ") != std::string::npos)
    return InvalidArgument("server_name is not a host name: ", Quote(server_name));
  return {};
}

std::vector<std::string*> TlsClientConfig::Files() { return {&ca_file, &cert_file, &key_file}; }

}  // namespace narthex
