#include "exporters/mysql/client_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace narthex::exporters {
namespace {

using testing::HasSubstr;

Result<ClientConfig> ConfigOf(const std::string& text, const ClientDefaults& defaults = {}) {
  auto file = ParseOptionFile(text, "f");
  EXPECT_TRUE(file.ok()) << file.message();
  return MakeClientConfig(std::move(*file), defaults,
                          [](const std::string& name) { return name == "DB" ? "from$env" : ""; });
}

TEST(ClientConfig, TakesFromFlagsWhatTheSectionDoesNotHave) {
  const ClientDefaults defaults{"db1:3307", "me", config::Secret("pw$x"), false};
  const auto config =
      ConfigOf("[client]\nport=1\n[client.two]\nuser=you\npassword=${DB}\n", defaults);
  ASSERT_TRUE(config.ok()) << config.message();
  const ServerSettings& client = config->sections.at("client");
  EXPECT_EQ(client.Name(), "db1:1");
  EXPECT_EQ(client.user, "me");
  EXPECT_EQ(client.password.reveal(), "pw$x");
  const ServerSettings& two = config->sections.at("client.two");
  EXPECT_EQ(two.user, "you");
  EXPECT_EQ(two.password.reveal(), "from$env");
  EXPECT_EQ(two.host, "db1");
}

TEST(ClientConfig, ASectionsPartsHaveWhatItHas) {
  const auto config =
      ConfigOf("[client]\nuser=me\npassword=p\n[client.a]\npassword=\n[other]\nuser=x\n",
               {"localhost:3306", "", config::Secret("default"), false});
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config->sections.at("client").password.reveal(), "p");
  EXPECT_EQ(config->sections.at("client.a").user, "me");
  EXPECT_TRUE(config->sections.at("client.a").password.empty());
  EXPECT_TRUE(config->sections.at("other").password.empty());
}

TEST(ClientConfig, LeavesOutSectionsThatCannotBeUsed) {
  const auto config = ConfigOf("[client]\nuser=me\n[mysqld]\nport=1\n[bad]\nuser=x\nport=s3cret\n");
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config->unusable.at("mysqld").message(), "there is no user");
  EXPECT_EQ(config->unusable.at("bad").message(), "port: want 1 to 65535");
  EXPECT_EQ(ServerOfRequest(*config, "h:1", "bad").code(), Code::kInvalidArgument);
  EXPECT_THAT(ServerOfRequest(*config, "h:1", "none").message(), HasSubstr("[none]"));
}

TEST(ClientConfig, WantsAUserSomewhere) {
  const auto config = ConfigOf("");
  ASSERT_FALSE(config.ok());
  EXPECT_THAT(config.message(), HasSubstr("--mysqld.username"));
  EXPECT_THAT(ConfigOf("[client]\nuser=x\n", {"nowhere", "", {}, false}).message(),
              HasSubstr("--mysqld.address"));
}

TlsSettings TlsOf(const std::string& lines, bool skip_verify = false) {
  const auto config =
      ConfigOf("[client]\nuser=me\nhost=db1\n" + lines, {"localhost:3306", "", {}, skip_verify});
  EXPECT_TRUE(config.ok()) << config.message();
  return config.ok() ? config->sections.at("client").tls : TlsSettings();
}

TEST(ClientConfig, ReadsHowToUseTls) {
  using enum TlsSettings::Mode;
  EXPECT_EQ(TlsOf("").mode, kOff);
  EXPECT_EQ(TlsOf("tls=preferred\n").mode, kPreferred);
  EXPECT_EQ(TlsOf("tls=skip-verify\n").mode, kUnverified);
  EXPECT_EQ(TlsOf("tls=true\n").mode, kVerified);
  EXPECT_EQ(TlsOf("ssl-ca=/ca.pem\n").mode, kVerified);
  EXPECT_EQ(TlsOf("ssl-ca=/ca.pem\nssl-skip-verfication=on\n").mode, kUnverified);
  EXPECT_EQ(TlsOf("ssl-ca=/ca.pem\n", true).mode, kUnverified);
  EXPECT_EQ(TlsOf("tls-server-name=db1\n").mode, kVerified);
  EXPECT_EQ(TlsOf("tls-min-version=TLSv1.2\n").versions, "TLSv1.2,TLSv1.3");
  EXPECT_EQ(TlsOf("tls-max-version=TLSv1.1\n").versions, "TLSv1.0,TLSv1.1");
}

TEST(ClientConfig, RefusesTlsThatIsNotThere) {
  for (const char* line :
       {"tls=perhaps", "tls-min-version=1.2", "ssl-skip-verfication=2", "tls-server-name=other",
        "enable-cleartext-plugin=perhaps", "tls-min-version=TLSv1.3\ntls-max-version=TLSv1.2"}) {
    const auto config = ConfigOf("[client]\nuser=me\nhost=db1\n" + std::string(line) + "\n");
    EXPECT_FALSE(config.ok()) << line;
  }
}

TEST(ServerSettings, UnderstandsAddresses) {
  const auto name_of = [](std::string_view address) {
    ServerSettings server;
    const Status status = server.SetAddress(address);
    return status.ok() ? server.Name() : "";
  };
  EXPECT_EQ(name_of("db1:3306"), "db1:3306");
  EXPECT_EQ(name_of("[::1]:3306"), "[::1]:3306");
  EXPECT_EQ(name_of(":3306"), "127.0.0.1:3306");
  EXPECT_EQ(name_of("unix:///run/s"), "/run/s");
  for (const char* bad : {"", "db1", "::1:3306", "db1:", "db1:0", "db1:65536", "db1:x", "unix://",
                          "a/b:1", "a,b:1", "u@h:1", "[::1:1"})
    EXPECT_EQ(name_of(bad), "") << bad;
}

TEST(ServerOfRequest, PointsTheCredentialsElsewhere) {
  const auto config = ConfigOf("[client]\nuser=me\nsocket=/run/s\n");
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(ServerOfRequest(*config, "", "client")->Name(), "/run/s");
  EXPECT_EQ(ServerOfRequest(*config, "db2:1", "client")->Name(), "db2:1");
  EXPECT_EQ(ServerOfRequest(*config, "unix:///x", "client")->Name(), "/x");
  EXPECT_THAT(ServerOfRequest(*config, "db2", "client").message(), HasSubstr("target: want"));
}

}  // namespace
}  // namespace narthex::exporters
