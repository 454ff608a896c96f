#include "exporters/postgres/dsn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "exporters/postgres/auth_config.h"
#include "exporters/postgres/collectors.h"
#include "exporters/postgres/pg_session.h"

namespace narthex::exporters {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

TEST(ParseDsn, ReadsUrls) {
  const auto dsn =
      ParseDsn("postgresql://us%65r:p%40ss:w@db1:6432/my%20db?sslmode=disable&search_path=a+b");
  ASSERT_TRUE(dsn.ok()) << dsn.message();
  EXPECT_THAT(dsn->keywords,
              ElementsAre(Pair("dbname", "my db"), Pair("host", "db1"), Pair("port", "6432"),
                          Pair("sslmode", "disable"), Pair("user", "user")));
  EXPECT_EQ(dsn->password.reveal(), "p@ss:w");
  EXPECT_THAT(dsn->settings, ElementsAre(Pair("search_path", "a b")));
  EXPECT_EQ(dsn->Options(), "-c search_path=a\\ b");
  EXPECT_EQ(dsn->Server(), "db1:6432");
}

TEST(ParseDsn, ReadsHostsOfAllKinds) {
  EXPECT_EQ(ParseDsn("postgres://[::1]:5433/")->Server(), "::1:5433");
  EXPECT_EQ(ParseDsn("postgresql://%2Frun%2Fpostgresql/db")->Server(), "/run/postgresql:5432");
  EXPECT_EQ(ParseDsn("postgresql://")->Server(), "localhost:5432");
  EXPECT_EQ(ParseDsn("host=/run/postgresql user=a")->Server(), "/run/postgresql:5432");
}

TEST(ParseDsn, ReadsPairs) {
  const auto dsn = ParseDsn("  user = 'a \\'b\\\\' password=x\\ y port=1 binary_parameters=yes ");
  ASSERT_TRUE(dsn.ok()) << dsn.message();
  EXPECT_THAT(dsn->keywords, ElementsAre(Pair("port", "1"), Pair("user", "a 'b\\")));
  EXPECT_EQ(dsn->password.reveal(), "x y");
  EXPECT_TRUE(dsn->settings.empty());
}

TEST(ParseDsn, TakesUserAndPasswordOfTheParametersWhereThereAreNoOthers) {
  EXPECT_EQ(ParseDsn("postgresql://h/?user=u&password=p")->password.reveal(), "p");
  EXPECT_EQ(ParseDsn("postgresql://a:b@h/?user=u&password=p")->password.reveal(), "b");
}

TEST(ParseDsn, NeverRepeatsWhatItCouldNotRead) {
  for (const char* bad :
       {"postgresql://u:secret%zz@h/", "postgresql://u:x@h:secret/", "secret", "user=a secret",
        "password='secret", "postgresql://[secret/", "postgresql://h/?a%zz=secret",
        "postgresql://h/?se cret=secret", "postgresql://u:secret%00@h/"}) {
    const auto dsn = ParseDsn(bad);
    ASSERT_FALSE(dsn.ok()) << bad;
    EXPECT_THAT(std::string(dsn.message()), Not(HasSubstr("secret"))) << bad;
  }
}

TEST(ParseTarget, TakesHostsWithoutAScheme) {
  EXPECT_EQ(ParseTarget("db1:5433/app?sslmode=disable")->Server(), "db1:5433");
  EXPECT_EQ(ParseTarget("db1")->Server(), "db1:5432");
  EXPECT_EQ(ParseTarget("host=db2 port=1")->Server(), "db2:1");
  EXPECT_EQ(ParseTarget("postgres://db3/x")->Server(), "db3:5432");
}

TEST(FindDataSources, PrefersTheNameAndFiles) {
  const std::string file = testing::TempDir() + "/password";
  std::ofstream(file) << "from file\n";
  EXPECT_TRUE(FindDataSources({})->empty());
  const auto two = FindDataSources({"host=a,host=b", "c"});
  ASSERT_EQ(two->size(), 2U);
  EXPECT_EQ((*two)[1].Server(), "b:5432");
  const auto parts = FindDataSources({"", "h:1/db", "", "us:er", "", "p@ss", file});
  ASSERT_TRUE(parts.ok()) << parts.message();
  EXPECT_EQ((*parts)[0].keywords.at("user"), "us:er");
  EXPECT_EQ((*parts)[0].password.reveal(), "from file");
  EXPECT_THAT(std::string(FindDataSources({"", "h", "", "", "/none"}).message()),
              HasSubstr("DATA_SOURCE_USER_FILE"));
  std::filesystem::remove(file);
}

TEST(AuthConfig, GivesAProbeItsCredentials) {
  const auto config = config::Parse<AuthConfig>(
      "auth_modules:\n  a:\n    type: userpass\n    userpass: {username: u, password: p}\n    "
      "options: {sslmode: disable}\n"
      "  b: {type: userpass}\n",
      "f.yml");
  ASSERT_TRUE(config.ok()) << config.message();
  const auto dsn = TargetOfProbe(*config, "other:x@h", "a");
  EXPECT_EQ(dsn->keywords.at("user"), "u");
  EXPECT_EQ(dsn->password.reveal(), "p");
  EXPECT_EQ(dsn->keywords.at("sslmode"), "disable");
  EXPECT_FALSE(TargetOfProbe(*config, "h", "b").ok());
  EXPECT_FALSE(TargetOfProbe(*config, "h", "c").ok());
  EXPECT_FALSE(TargetOfProbe(*config, "", "a").ok());
  EXPECT_THAT(
      std::string(config::Parse<AuthConfig>("auth_modules: {a: {type: token}}", "f.yml").message()),
      HasSubstr("f.yml:1:19: type: want userpass"));
}

TEST(ReadSetting, ConvertsUnitsToBaseUnits) {
  const auto read = [](const char* value, const char* unit, const char* type) {
    return *ReadSetting("a.b-c", value, unit, type);
  };
  EXPECT_EQ(read("on", "", "bool").value, 1);
  EXPECT_EQ(read("16384", "8kB", "integer").value, 134'217'728);
  EXPECT_EQ(read("16384", "8kB", "integer").name, "a_b_c_bytes");
  EXPECT_EQ(read("200", "ms", "integer").value, 0.2);
  EXPECT_EQ(read("200", "ms", "integer").name, "a_b_c_seconds");
  EXPECT_EQ(read("-1", "min", "integer").value, -1);
  EXPECT_FALSE(ReadSetting("a", "x", "", "integer").ok());
  EXPECT_FALSE(ReadSetting("a", "1", "furlong", "real").ok());
}

TEST(QuoteLiteral, KeepsQuotesAndBackslashesWhatTheyAre) {
  EXPECT_EQ(QuoteLiteral("plain"), "'plain'");
  EXPECT_EQ(QuoteLiteral("o'clock"), "'o''clock'");
  EXPECT_EQ(QuoteLiteral("a\\'b"), "E'a\\\\''b'");
}

}  // namespace
}  // namespace narthex::exporters
