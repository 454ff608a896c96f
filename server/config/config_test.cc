#include "server/config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace narthex::server {
namespace {

std::string ErrorOf(std::string_view text) {
  return std::string(ParseConfig(text, "p.yml").message());
}

TEST(Config, FillsJobsFromTheGlobalSection) {
  const auto config = ParseConfig(
      "global: {scrape_interval: 5s}\nscrape_configs:\n- job_name: a\n"
      "- job_name: b\n  scrape_interval: 1m\n  scrape_timeout: 20s\n",
      "p.yml");
  ASSERT_TRUE(config.ok()) << config.message();
  EXPECT_EQ(config->scrape_configs[0].scrape_interval.ms, 5000);
  EXPECT_EQ(config->scrape_configs[0].scrape_timeout.ms, 5000);
  EXPECT_EQ(config->scrape_configs[0].metrics_path, "/metrics");
  EXPECT_EQ(config->scrape_configs[1].scrape_timeout.ms, 20000);
  EXPECT_EQ(ParseConfig("", "p.yml")->global.scrape_timeout.ms, 10000);
}

TEST(Config, TakesTheFieldsOfTheHttpClientAmongThoseOfAJob) {
  const auto config = ParseConfig(
      "scrape_configs:\n- job_name: a\n  follow_redirects: false\n"
      "  basic_auth: {username: u, password_file: secrets/p}\n  tls_config: {ca_file: /ca}\n",
      "/etc/p.yml");
  ASSERT_TRUE(config.ok()) << config.message();
  const HttpClientConfig& http = config->scrape_configs[0].http;
  EXPECT_FALSE(http.follow_redirects);
  EXPECT_EQ(http.basic_auth->password_file, "/etc/secrets/p");
  EXPECT_EQ(http.tls_config.ca_file, "/ca");
  EXPECT_EQ(
      ErrorOf("scrape_configs:\n- job_name: a\n  bearer_token: t\n  basic_auth: {}\n"),
      "p.yml:2:3: at most one of basic_auth, bearer_token and bearer_token_file may be given");
}

TEST(Config, GivesJobsTheScrapeOptionsOfTheGlobalSection) {
  const auto config = ParseConfig(
      "global: {sample_limit: 5, label_limit: 6, body_size_limit: 1KB, extra_scrape_metrics: "
      "true,\n"
      "  scrape_protocols: [PrometheusText0.0.4], scrape_failure_log_file: f.log}\n"
      "scrape_configs:\n- job_name: a\n"
      "- job_name: b\n  sample_limit: 7\n  extra_scrape_metrics: false\n"
      "  scrape_protocols: [OpenMetricsText1.0.0, PrometheusText1.0.0]\n"
      "  fallback_scrape_protocol: PrometheusText0.0.4\n  on_limit: drop_new\n",
      "/etc/p.yml");
  ASSERT_TRUE(config.ok()) << config.message();
  const ScrapeOptions& a = config->scrape_configs[0].options;
  EXPECT_EQ(a.sample_limit, 5U);
  EXPECT_EQ(a.body_size_limit.bytes, 1024U);
  EXPECT_EQ(a.extra_scrape_metrics, true);
  EXPECT_EQ(a.Protocols().size(), 1U);
  EXPECT_EQ(a.scrape_failure_log_file, "/etc/f.log");
  EXPECT_FALSE(a.drops_new());
  const ScrapeOptions& b = config->scrape_configs[1].options;
  EXPECT_EQ(b.sample_limit, 7U);
  EXPECT_EQ(b.label_limit, 6U);
  EXPECT_EQ(b.extra_scrape_metrics, false);
  EXPECT_EQ(ProtocolName(b.Protocols().at(1)), "PrometheusText1.0.0");
  EXPECT_TRUE(b.drops_new());
  EXPECT_EQ(ScrapeOptions().Protocols().size(), 4U);
}

TEST(Config, RefusesScrapeOptionsThatMakeNoSense) {
  for (const auto& [field, finding] : std::vector<std::pair<std::string, std::string>>{
           {"scrape_protocols: []", "scrape_protocols is empty"},
           {"scrape_protocols: [PrometheusText0.0.4, PrometheusText0.0.4]", "twice"},
           {"scrape_protocols: [Morse]", "want one of PrometheusProto"},
           {"fallback_scrape_protocol: Morse", "want one of PrometheusProto"},
           {"sample_limit: -1", "-1"},
           {"body_size_limit: 10", "10"},
           {"metric_name_validation_scheme: any", "want one of utf8, legacy"},
           {"metric_name_validation_scheme: legacy, metric_name_escaping_scheme: allow-utf-8",
            "wants the utf8"},
           {"on_limit: wait", "want one of fail, drop_new"},
           {"scrape_native_histograms: true", "not supported yet"},
           {"convert_classic_histograms_to_nhcb: true", "not supported yet"}}) {
    EXPECT_THAT(ErrorOf("scrape_configs:\n- {job_name: a, " + field + "}\n"),
                testing::HasSubstr(finding))
        << field;
  }
}

TEST(Config, RefusesWhatCannotWork) {
  EXPECT_EQ(ErrorOf("scrape_configs:\n- job_name: a\n- job_name: a\n"),
            "p.yml:3:3: found multiple scrape configs with job name \"a\"");
  EXPECT_THAT(ErrorOf("scrape_configs:\n- job_name: a\n  scrape_timeout: 2m\n"),
              testing::HasSubstr("p.yml:2:3: scrape timeout greater than scrape interval"));
  EXPECT_EQ(
      ErrorOf("scrape_configs:\n- job_name: a\n  static_configs:\n  - targets: ['http://x/y']\n"),
      "p.yml:4:5: target \"http://x/y\" is not a host with an optional port");
  EXPECT_EQ(ErrorOf("scrape_configs:\n- job_name: a\n  scheme: ftp\n"),
            "p.yml:2:3: unknown scheme \"ftp\", want http or https");
  EXPECT_THAT(ErrorOf("nosuch: [x.yml]\n"),
              testing::HasSubstr("p.yml:1:1: unknown field \"nosuch\""));
  EXPECT_THAT(ErrorOf("scrape_configs:\n- scheme: http\n"),
              testing::HasSubstr("missing field \"job_name\""));
}

TEST(Config, RefusesSectionsThatWouldDoNothing) {
  const std::string text =
      "global: {}\nrule_files: [a.yml]\nalerting: {}\nremote_write: [{url: x}]\n";
  EXPECT_EQ(ErrorOf(text),
            "p.yml:2:13: rule_files is not acted on: no rule is evaluated, no alert fires; remove "
            "it, or accept that with --config.allow-inactive");
  const auto config = ParseConfig(text, "p.yml", {.allow_inactive = true});
  ASSERT_TRUE(config.ok()) << config.message();
  EXPECT_THAT(
      config->InactiveWarnings(),
      testing::ElementsAre("rule_files is not acted on: no rule is evaluated, no alert fires",
                           "remote_write is not acted on: no sample is sent elsewhere"));
  EXPECT_TRUE(ParseConfig("rule_files: []\n", "p.yml").ok());
}

TEST(Config, FindsDiscoveryFilesBesideItself) {
  const auto config = ParseConfig(
      "scrape_configs:\n- job_name: a\n  file_sd_configs:\n  - files: [t/*.json, /x/y.yml]\n",
      "/etc/narthex/p.yml");
  ASSERT_TRUE(config.ok()) << config.message();
  EXPECT_THAT(config->scrape_configs[0].file_sd_configs[0].files,
              testing::ElementsAre("/etc/narthex/t/*.json", "/x/y.yml"));
  for (const char* path : {"a", "a.txt", "*/a.yml", "a*/b.json", ""}) {
    EXPECT_THAT(ErrorOf(std::string("scrape_configs:\n- job_name: a\n  file_sd_configs:\n"
                                    "  - files: ['") +
                        path + "']\n"),
                testing::HasSubstr("cannot be watched"))
        << path;
  }
}

}  // namespace
}  // namespace narthex::server
