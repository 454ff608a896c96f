#include "common/http_client_config/oauth2_config.h"

#include "common/http_client_config/field_rules.h"
#include "common/http_client_config/url.h"

namespace narthex {
namespace {

constexpr std::string_view kJwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";

}  // namespace

bool OAuth2Config::SignsAssertion() const { return grant_type == kJwtBearer; }

Status OAuth2Config::Validate() const {
  if (client_id.empty()) return InvalidArgument("oauth2: client_id is missing");
  if (token_url.empty()) return InvalidArgument("oauth2: token_url is missing");
  RETURN_IF_ERROR(CheckUrl(token_url, {"http", "https"}).Prefixed("token_url"));
  if (!grant_type.empty() && grant_type != "client_credentials" && !SignsAssertion())
    return InvalidArgument("grant_type: want client_credentials or ", kJwtBearer);
  if (SignsAssertion()) {
    const bool known = signature_algorithm.empty() || signature_algorithm == "RS256" ||
                       signature_algorithm == "RS384" || signature_algorithm == "RS512";
    if (!known) return InvalidArgument("signature_algorithm: want RS256, RS384 or RS512");
    RETURN_IF_ERROR(AtMostOne(!client_certificate_key.empty(), !client_certificate_key_file.empty(),
                              "client_certificate_key and client_certificate_key_file"));
  } else {
    RETURN_IF_ERROR(AtMostOne(!client_secret.empty(), !client_secret_file.empty(),
                              "client_secret and client_secret_file"));
  }
  return proxy.Validate();
}

std::vector<std::string*> OAuth2Config::Files() {
  std::vector<std::string*> files = tls_config.Files();
  files.push_back(&client_secret_file);
  files.push_back(&client_certificate_key_file);
  return files;
}

}  // namespace narthex
