#include "common/http_client/oauth2_request.h"

#include <absl/strings/escaping.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "common/config/bind.h"

namespace narthex {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(MakeTokenRequest, AsksForAClientsToken) {
  const OAuth2Config config{.client_id = "a b",
                            .scopes = {"x", "y"},
                            .token_url = "http://t",
                            .endpoint_params = {{"tenant", "q&r"}}};
  const auto header = MakeTokenRequest(config, {.secret = "s:1"});
  ASSERT_TRUE(header.ok());
  EXPECT_EQ(header->form, "grant_type=client_credentials&scope=x+y&tenant=q%26r");
  EXPECT_THAT(header->headers,
              ElementsAre("Authorization: Basic " + absl::Base64Escape("a+b:s%3A1")));
  const auto form = MakeTokenRequest(config, {.secret = "s:1", .login = ClientLogin::kForm});
  EXPECT_EQ(
      form->form,
      "client_id=a+b&client_secret=s%3A1&grant_type=client_credentials&scope=x+y&tenant=q%26r");
  EXPECT_TRUE(form->headers.empty());
}

TEST(MakeTokenRequest, RefusesParametersThatReplaceTheGrants) {
  const OAuth2Config config{.client_id = "a",
                            .scopes = {"x"},
                            .token_url = "http://t",
                            .endpoint_params = {{"scope", "y"}}};
  EXPECT_EQ(MakeTokenRequest(config, {}).message(),
            "endpoint_params: \"scope\" is the grant's own");
}

// A key of its own, and a check of what it signed.
class AssertionTest : public testing::Test {
 protected:
  AssertionTest() : key_(EVP_RSA_gen(2048)) {
    BIO* out = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(out, key_, nullptr, nullptr, 0, nullptr, nullptr);
    char* text = nullptr;
    const long size = BIO_get_mem_data(out, &text);
    pem_.assign(text, static_cast<size_t>(size));
    BIO_free(out);
  }
  ~AssertionTest() override { EVP_PKEY_free(key_); }

  bool Verifies(const std::string& text, const std::string& signature) {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    const bool good =
        EVP_DigestVerifyInit(context, nullptr, EVP_sha384(), nullptr, key_) == 1 &&
        EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.data()),
                         signature.size(), bytes, text.size()) == 1;
    EVP_MD_CTX_free(context);
    return good;
  }

  EVP_PKEY* key_;
  std::string pem_;
};

TEST_F(AssertionTest, IsSignedWithTheClientsKey) {
  const auto config = config::Parse<OAuth2Config>(
      "{client_id: a, token_url: 'http://t', signature_algorithm: RS384, scopes: [s],"
      " client_certificate_key_id: k1, claims: {n: 1, s: '1', l: [true]},"
      " grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer'}",
      "x");
  ASSERT_TRUE(config.ok()) << config.message();
  const auto request = MakeTokenRequest(*config, {.secret = pem_, .now_seconds = 1000, .id = "i"});
  ASSERT_TRUE(request.ok()) << request.message();
  const std::string begin = "assertion=";
  const std::string token =
      request->form.substr(begin.size(), request->form.find('&') - begin.size());
  const size_t first = token.find('.'), second = token.rfind('.');
  std::string header, claims, signature;
  ASSERT_TRUE(absl::WebSafeBase64Unescape(token.substr(0, first), &header));
  ASSERT_TRUE(absl::WebSafeBase64Unescape(token.substr(first + 1, second - first - 1), &claims));
  ASSERT_TRUE(absl::WebSafeBase64Unescape(token.substr(second + 1), &signature));
  EXPECT_EQ(header, R"({"alg":"RS384","kid":"k1","typ":"JWT"})");
  EXPECT_EQ(
      claims,
      R"({"aud":"http://t","exp":1600,"iat":1000,"iss":"a","jti":"i","l":[true],"n":1,"s":"1",)"
      R"("scope":"s","sub":"a"})");
  EXPECT_TRUE(Verifies(token.substr(0, second), signature));
  EXPECT_THAT(request->form, HasSubstr("&grant_type=urn%3Aietf"));
}

TEST_F(AssertionTest, NeedsAnRsaKey) {
  OAuth2Config config{.client_id = "a", .token_url = "http://t"};
  config.grant_type = "urn:ietf:params:oauth:grant-type:jwt-bearer";
  EXPECT_EQ(MakeTokenRequest(config, {.secret = "hunter2"}).message(),
            "client_certificate_key is no RSA key in PEM");
}

TEST(ParseTokenAnswer, ReadsTheToken) {
  const auto token =
      ParseTokenAnswer(R"({"access_token":"t","token_type":"bearer","expires_in":3600,"x":[1]})");
  ASSERT_TRUE(token.ok()) << token.message();
  EXPECT_EQ(token->authorization, "Bearer t");
  EXPECT_EQ(token->lifetime_seconds, 3600);
  EXPECT_EQ(ParseTokenAnswer(R"({"access_token":"t","token_type":"MAC"})")->authorization, "MAC t");
}

TEST(ParseTokenAnswer, RefusesAnythingElse) {
  for (const char* body : {"", "[]", "{}", R"({"access_token":""})", R"({"access_token":["t"]})",
                           R"({"access_token":"a\r\nb"})", R"({"error":"invalid_client"})",
                           R"({"access_token":"t","expires_in":"soon"})"}) {
    EXPECT_FALSE(ParseTokenAnswer(body).ok()) << body;
  }
}

}  // namespace
}  // namespace narthex
