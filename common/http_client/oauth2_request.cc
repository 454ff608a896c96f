#include "common/http_client/oauth2_request.h"

#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>

#include "common/bytes/numbers.h"
#include "common/config/bind.h"
#include "common/config/json.h"
#include "common/http_client_config/field_rules.h"

namespace narthex {
namespace {

constexpr int64_t kAssertionSeconds = 600;

using Fields = std::map<std::string, std::string>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

std::string FormEncoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (absl::ascii_isalnum(c) || std::string_view("-._~").find(c) != std::string_view::npos) {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string Form(const Fields& fields) {
  std::string form;
  for (const auto& [name, value] : fields)
    form.append(form.empty() ? "" : "&").append(FormEncoded(name) + "=" + FormEncoded(value));
  return form;
}

std::string JsonText(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

bool IsJsonLiteral(const config::Node& scalar) {
  if (scalar.quoted) return false;
  return scalar.text == "true" || scalar.text == "false" || ParseInteger(scalar.text).has_value();
}

std::string Json(const config::Node& node) {
  std::string out;
  switch (node.kind) {
    case config::Node::Kind::kNull:
      return "null";
    case config::Node::Kind::kScalar:
      return IsJsonLiteral(node) ? node.text : JsonText(node.text);
    case config::Node::Kind::kSequence:
      for (const config::Node& item : node.items)
        out.append(out.empty() ? "" : ",").append(Json(item));
      return "[" + out + "]";
    case config::Node::Kind::kMapping:
      for (const auto& [key, value] : node.entries)
        out.append(out.empty() ? "" : ",").append(JsonText(key.text) + ":" + Json(value));
      return "{" + out + "}";
  }
  return "null";
}

std::string Joined(const std::vector<std::string>& scopes) {
  std::string joined;
  for (const std::string& scope : scopes) joined.append(joined.empty() ? "" : " ").append(scope);
  return joined;
}

const EVP_MD* DigestOf(const std::string& algorithm) {
  if (algorithm == "RS384") return EVP_sha384();
  if (algorithm == "RS512") return EVP_sha512();
  return EVP_sha256();
}

Result<std::string> Sign(const std::string& text, const std::string& pem, const EVP_MD* digest) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> input(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  const Key key(PEM_read_bio_PrivateKey(input.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  if (!key || EVP_PKEY_base_id(key.get()) != EVP_PKEY_RSA)
    return InvalidArgument("client_certificate_key is no RSA key in PEM");
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::string signature(static_cast<size_t>(EVP_PKEY_size(key.get())), '\0');
  size_t size = signature.size();
  const bool signed_well =
      EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key.get()) == 1 &&
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     bytes, text.size()) == 1;
  if (!signed_well) return InvalidArgument("client_certificate_key cannot sign");
  signature.resize(size);
  return signature;
}

std::string Claims(const OAuth2Config& config, const TokenOccasion& occasion) {
  std::map<std::string, std::string> claims = {
      {"iss", JsonText(config.iss.empty() ? config.client_id : config.iss)},
      {"sub", JsonText(config.client_id)},
      {"jti", JsonText(occasion.id)},
      {"aud", JsonText(config.audience.empty() ? config.token_url : config.audience)},
      {"iat", std::to_string(occasion.now_seconds)},
      {"exp", std::to_string(occasion.now_seconds + kAssertionSeconds)}};
  if (!config.scopes.empty()) claims["scope"] = JsonText(Joined(config.scopes));
  for (const auto& [name, value] : config.claims) claims[name] = Json(value);
  std::string out;
  for (const auto& [name, value] : claims)
    out.append(out.empty() ? "" : ",").append(JsonText(name) + ":" + value);
  return "{" + out + "}";
}

Result<std::string> Assertion(const OAuth2Config& config, const TokenOccasion& occasion) {
  const std::string& algorithm = config.signature_algorithm;
  std::string header = R"({"alg":)" + JsonText(algorithm.empty() ? "RS256" : algorithm);
  if (!config.client_certificate_key_id.empty())
    header += R"(,"kid":)" + JsonText(config.client_certificate_key_id);
  header += R"(,"typ":"JWT"})";
  const std::string text =
      absl::WebSafeBase64Escape(header) + "." + absl::WebSafeBase64Escape(Claims(config, occasion));
  ASSIGN_OR_RETURN(const std::string signature, Sign(text, occasion.secret, DigestOf(algorithm)));
  return text + "." + absl::WebSafeBase64Escape(signature);
}

struct Answer {
  std::string access_token;
  std::string token_type;
  int64_t expires_in = 0;
};

Status Read(const config::Node& node, Answer& answer) {
  for (const auto& [name, text] : {std::pair{"access_token", &answer.access_token},
                                   std::pair{"token_type", &answer.token_type}}) {
    if (const config::Node* found = node.Find(name)) RETURN_IF_ERROR(config::Bind(*found, *text));
  }
  const config::Node* expires = node.Find("expires_in");
  return expires == nullptr ? Status() : config::Bind(*expires, answer.expires_in);
}

}  // namespace

Result<TokenRequest> MakeTokenRequest(const OAuth2Config& config, const TokenOccasion& occasion) {
  TokenRequest request;
  Fields fields;
  if (config.SignsAssertion()) {
    fields["grant_type"] = config.grant_type;
    ASSIGN_OR_RETURN(fields["assertion"], Assertion(config, occasion));
  } else {
    fields["grant_type"] = "client_credentials";
  }
  if (!config.scopes.empty()) fields["scope"] = Joined(config.scopes);
  for (const auto& [name, value] : config.endpoint_params) {
    if (name != "grant_type" && fields.contains(name))
      return InvalidArgument("endpoint_params: ", Quote(name), " is the grant's own");
    fields[name] = value;
  }
  if (!config.SignsAssertion()) {
    if (occasion.login == ClientLogin::kHeader) {
      request.headers.push_back(
          "Authorization: Basic " +
          absl::Base64Escape(FormEncoded(config.client_id) + ":" + FormEncoded(occasion.secret)));
    } else {
      fields["client_id"] = config.client_id;
      if (!occasion.secret.empty()) fields["client_secret"] = occasion.secret;
    }
  }
  request.form = Form(fields);
  return request;
}

Result<AccessToken> ParseTokenAnswer(std::string_view body) {
  const auto node = config::ParseJson(body);
  Answer answer;
  const bool read = node.ok() && node->kind == config::Node::Kind::kMapping &&
                    Read(*node, answer).ok() && !answer.access_token.empty();
  if (!read || HasControl(answer.access_token) || HasControl(answer.token_type))
    return Corruption("the answer has no access_token");
  // As Go's client: some servers write the usual types in lower case.
  std::string type = answer.token_type;
  if (type.empty() || absl::AsciiStrToLower(type) == "bearer") type = "Bearer";
  return AccessToken{type + " " + answer.access_token, std::max<int64_t>(answer.expires_in, 0)};
}

}  // namespace narthex
