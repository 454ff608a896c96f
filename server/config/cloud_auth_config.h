// How requests to clouds are signed: sections of remote_write and of alertmanagers. Checked, and
// not acted on. Fields and rules follow Prometheus 3.14 (packages sigv4, azuread, googleiam).
#ifndef NARTHEX_SERVER_CONFIG_CLOUD_AUTH_CONFIG_H_
#define NARTHEX_SERVER_CONFIG_CLOUD_AUTH_CONFIG_H_

#include <optional>
#include <string>

#include "common/config/secret.h"

namespace narthex::server {

struct SigV4Config {
  std::string region, access_key;
  config::Secret secret_key;
  std::string profile, role_arn, external_id;
  bool use_fips_sts_endpoint = false;
  std::string service_name;

  void Describe(auto& fields) {
    fields.Optional("region", region);
    fields.Optional("access_key", access_key);
    fields.Optional("secret_key", secret_key);
    fields.Optional("profile", profile);
    fields.Optional("role_arn", role_arn);
    fields.Optional("external_id", external_id);
    fields.Optional("use_fips_sts_endpoint", use_fips_sts_endpoint);
    fields.Optional("service_name", service_name);
  }
  Status Validate() const;
};

// One of Azure's ways to log in; which fields it needs is a matter of the way.
struct AzureLogin {
  std::string client_id, tenant_id, token_file_path;
  config::Secret client_secret;
  std::string certificate_path, certificate_key_path;
  config::Secret certificate_password;
  bool send_certificate_chain = false;

  void Describe(auto& fields) {
    fields.Optional("client_id", client_id);
    fields.Optional("tenant_id", tenant_id);
    fields.Optional("token_file_path", token_file_path);
    fields.Optional("client_secret", client_secret);
    fields.Optional("certificate_path", certificate_path);
    fields.Optional("certificate_key_path", certificate_key_path);
    fields.Optional("certificate_password", certificate_password);
    fields.Optional("send_certificate_chain", send_certificate_chain);
  }
};

struct AzureAdConfig {
  std::optional<AzureLogin> managed_identity, workload_identity, oauth, sdk, certificate;
  std::string cloud = "AzurePublic";
  std::string scope;

  void Describe(auto& fields) {
    fields.Optional("managed_identity", managed_identity);
    fields.Optional("workload_identity", workload_identity);
    fields.Optional("oauth", oauth);
    fields.Optional("sdk", sdk);
    fields.Optional("certificate", certificate);
    fields.Optional("cloud", cloud);
    fields.Optional("scope", scope);
  }
  Status Validate() const;
};

struct GoogleIamConfig {
  std::string credentials_file;

  void Describe(auto& fields) { fields.Optional("credentials_file", credentials_file); }
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_CONFIG_CLOUD_AUTH_CONFIG_H_
