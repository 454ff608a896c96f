#include "exporters/blackbox/module_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace narthex::blackbox {
namespace {

using ::testing::HasSubstr;

Result<BlackboxConfig> Parsed(const std::string& module) {
  return ParseBlackboxConfig("modules:\n  m:\n" + module, "b.yml");
}

std::string Finding(const std::string& module) {
  const auto config = Parsed(module);
  return config.ok() ? "" : std::string(config.message());
}

TEST(BlackboxConfig, HasTheDefaultsOfTheOriginal) {
  const auto config = Parsed("    prober: http\n    timeout: 1m1.5s\n    http:\n");
  ASSERT_TRUE(config.ok()) << config.message();
  const Module& module = config->modules.at("m");
  EXPECT_EQ(module.timeout.ns, 61'500'000'000);
  EXPECT_EQ(module.http.ip.preferred, IpProtocol::kIp6);
  EXPECT_TRUE(module.http.ip.fallback);
  EXPECT_TRUE(module.http.client.follow_redirects);
  EXPECT_EQ(module.icmp.ttl, 64);
  EXPECT_TRUE(module.dns.recursion_desired);
}

TEST(BlackboxConfig, RefusesWhatTheOriginalRefuses) {
  EXPECT_THAT(Finding("    prober: x\n"), HasSubstr("b.yml:3:5: prober"));
  EXPECT_THAT(Finding("    prober: dns\n    dns: {preferred_ip_protocol: ip4}\n"),
              HasSubstr("missing field \"query_name\""));
  EXPECT_THAT(Finding("    prober: dns\n    dns: {query_name: a, query_type: X}\n"),
              HasSubstr("unknown type \"X\""));
  EXPECT_THAT(Finding("    prober: icmp\n    icmp: {ttl: 256}\n"), HasSubstr("want 0 to 255"));
  EXPECT_THAT(
      Finding("    prober: tcp\n    tcp: {query_response: [{expect: a, expect_bytes: b}]}\n"),
      HasSubstr("expect and expect_bytes"));
  EXPECT_THAT(Finding("    prober: http\n    http: {body: a, body_file: b}\n"),
              HasSubstr("body and body_file"));
  EXPECT_THAT(Finding("    prober: http\n    http: {valid_http_versions: [HTTP/3.0]}\n"),
              HasSubstr("HTTP/3.0"));
  EXPECT_THAT(Finding("    prober: http\n    http: {enable_http3: true}\n"),
              HasSubstr("enable_http2: false"));
  EXPECT_THAT(Finding("    prober: http\n    timeout: 5\n"), HasSubstr("want a duration"));
}

TEST(BlackboxConfig, SaysThatModulesOfHttp3CannotProbe) {
  const auto config =
      Parsed("    prober: http\n    http: {enable_http3: true, enable_http2: false}\n");
  ASSERT_TRUE(config.ok()) << config.message();
  ASSERT_EQ(config->notes.size(), 1U);
  EXPECT_THAT(config->notes[0], HasSubstr("HTTP/3 is not built in"));
}

TEST(BlackboxConfig, WantsCompressionAndAcceptEncodingToAgree) {
  const auto with = [](const std::string& accepted) {
    return Finding("    prober: http\n    http: {compression: gzip, headers: {accept-encoding: '" +
                   accepted + "'}}\n");
  };
  EXPECT_EQ(with("br;q=1.0, gzip;q=0.9"), "");
  EXPECT_EQ(with("*"), "");
  EXPECT_EQ(with("br, *;q=0.1"), "");
  EXPECT_THAT(with("deflate"), HasSubstr("excludes compression"));
  EXPECT_THAT(with("*;q=0.0"), HasSubstr("excludes compression"));
  EXPECT_THAT(with("gzip;q=x"), HasSubstr("excludes compression"));
}

TEST(BlackboxConfig, TakesBytesAndOldNames) {
  const auto config = Parsed(
      "    prober: tcp\n    tcp:\n      query_response:\n      - send: !!binary AAAACATSFi8=\n"
      "      - expect_bytes: S\n      - starttls: true\n"
      "  old:\n    prober: http\n    http: {no_follow_redirects: true}\n");
  ASSERT_TRUE(config.ok()) << config.message();
  EXPECT_EQ(config->modules.at("m").tcp.query_response[0].send,
            std::string("\0\0\0\x08\x04\xd2\x16\x2f", 8));
  EXPECT_FALSE(config->modules.at("old").http.client.follow_redirects);
  EXPECT_EQ(config->notes.size(), 1U);
}

TEST(BlackboxConfig, TakesHeadersOfWebsocketsShortAndLong) {
  const auto config = Parsed(
      "    prober: websocket\n    websocket:\n      headers:\n        A: b\n"
      "        C: {values: [d, e], secrets: [f]}\n");
  ASSERT_TRUE(config.ok()) << config.message();
  const auto& headers = config->modules.at("m").websocket.headers;
  EXPECT_EQ(headers.at("A").header.values, std::vector<std::string>{"b"});
  EXPECT_EQ(headers.at("C").header.values.size(), 2U);
  EXPECT_THAT(
      Finding("    prober: websocket\n    websocket: {http_config: {proxy_url: 'http://p'}}\n"),
      HasSubstr("without proxy"));
}

TEST(BlackboxConfig, ShowsNoSecretAndReadsBackWhatItShows) {
  const auto config = Parsed(
      "    prober: http\n    timeout: 5s\n    ip_policy: all\n    http:\n"
      "      basic_auth: {username: u, password: hunter2}\n      headers: {A: b}\n"
      "      fail_if_body_json_matches_cel: body.a == 1\n");
  ASSERT_TRUE(config.ok()) << config.message();
  const std::string shown = Show(*config);
  EXPECT_EQ(shown.find("hunter2"), std::string::npos);
  EXPECT_THAT(shown, HasSubstr("<secret>"));
  const auto again = ParseBlackboxConfig(shown, "shown");
  ASSERT_TRUE(again.ok()) << again.message();
  EXPECT_EQ(Show(*again), shown);
}

}  // namespace
}  // namespace narthex::blackbox
