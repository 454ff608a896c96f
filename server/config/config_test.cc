#include "server/config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "common/config/unbind.h"
#include "common/fs/temporary_folder.h"
#include "server/config/inactive.h"

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
  EXPECT_EQ(ToText(b.Protocols().at(1)), "PrometheusText1.0.0");
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
           {"metric_name_validation_scheme: legacy, relabel_configs: [{target_label: a.b}]",
            "no label name of the legacy scheme: \"a.b\""}}) {
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
      "p.yml:2:3: target \"http://x/y\" is not a host with an optional port");
  EXPECT_EQ(ErrorOf("scrape_configs:\n- job_name: a\n  scheme: ftp\n"),
            "p.yml:2:3: unknown scheme \"ftp\", want http or https");
  EXPECT_THAT(ErrorOf("nosuch: [x.yml]\n"),
              testing::HasSubstr("p.yml:1:1: unknown field \"nosuch\""));
  EXPECT_THAT(ErrorOf("scrape_configs:\n- scheme: http\n"),
              testing::HasSubstr("missing field \"job_name\""));
}

std::vector<std::string> Texts(const std::vector<Inactive>& parts) {
  std::vector<std::string> texts;
  texts.reserve(parts.size());
  for (const Inactive& part : parts) texts.push_back(part.Text());
  return texts;
}

TEST(Config, TakesTheDefaultOfExtraMetricsFromItsOptions) {
  const std::string text =
      "scrape_configs: [{job_name: a}, {job_name: b, extra_scrape_metrics: false}]\n";
  const auto config = ParseConfig(text, "p.yml", {.extra_scrape_metrics = true});
  ASSERT_TRUE(config.ok()) << config.message();
  EXPECT_EQ(config->scrape_configs[0].options.extra_scrape_metrics, true);
  EXPECT_EQ(config->scrape_configs[1].options.extra_scrape_metrics, false);
  const auto plain = ParseConfig(text, "p.yml");
  EXPECT_FALSE(plain->scrape_configs[0].options.extra_scrape_metrics.value_or(false));
}

TEST(Config, RefusesSectionsThatWouldDoNothing) {
  const std::string text =
      "global: {}\nrule_files: [a.yml]\nalerting: {}\nremote_write: [{url: 'http://x'}]\n";
  EXPECT_EQ(ErrorOf(text),
            "p.yml:2:13: rule_files is not acted on: no rule is evaluated, no alert fires; remove "
            "it, or accept that with --config.allow-inactive");
  const auto config = ParseConfig(text, "p.yml", {.allow_inactive = true});
  ASSERT_TRUE(config.ok()) << config.message();
  EXPECT_THAT(
      Texts(InactiveParts(*config)),
      testing::ElementsAre("rule_files is not acted on: no rule is evaluated, no alert fires",
                           "remote_write is not acted on: no sample is sent elsewhere"));
  EXPECT_TRUE(ParseConfig("rule_files: []\n", "p.yml").ok());
}

TEST(Config, TellsOfWhatIsNothingToStopFor) {
  const auto config = ParseConfig(
      "runtime: {gogc: 50}\notlp: {}\nscrape_configs:\n- job_name: a\n"
      "  consul_sd_configs: [{server: 'a:1', token: hunter2}]\n  vultr_sd_configs: [{}]\n",
      "p.yml");
  ASSERT_TRUE(config.ok()) << config.message();
  EXPECT_THAT(Texts(Notices(*config)),
              testing::ElementsAre("runtime is not acted on: it tunes Go, which is not here",
                                   "otlp is not acted on: no OTLP is received",
                                   "job \"a\": consul_sd_configs, vultr_sd_configs is not acted "
                                   "on: this server cannot discover that way, no target comes from "
                                   "it"));
  EXPECT_THAT(config::ToYaml(config::ToNode(*config)),
              testing::AllOf(testing::HasSubstr("token: <secret>"),
                             testing::Not(testing::HasSubstr("hunter2"))));
}

TEST(Config, ShowsUrlsWithoutTheirPasswords) {
  const auto config = ParseConfig(
      "scrape_configs: [{job_name: a, proxy_url: 'http://u:hunter2@p:1/x@y'}]\n"
      "remote_write: [{url: 'https://u:hunter2@r/push'}, {url: 'http://r:1/'}]\n",
      "p.yml", {.allow_inactive = true});
  ASSERT_TRUE(config.ok()) << config.message();
  EXPECT_THAT(config::ToYaml(config::ToNode(*config)),
              testing::AllOf(testing::HasSubstr("proxy_url: http://u:<secret>@p:1/x@y"),
                             testing::HasSubstr("url: https://u:<secret>@r/push"),
                             testing::HasSubstr("url: http://r:1/"),
                             testing::Not(testing::HasSubstr("hunter2"))));
}

// One section each that is wrong in the way the finding says.
TEST(Config, ChecksDiscoveriesThatItCannotDo) {
  const std::pair<const char*, const char*> cases[] = {
      {"kubernetes_sd_configs: [{}]", "role is missing"},
      {"kubernetes_sd_configs: [{role: vacation}]", "role: want one of node, pod"},
      {"kubernetes_sd_configs: [{role: pod, bearer_token: a}]", "need api_server"},
      {"kubernetes_sd_configs: [{role: pod, api_server: 'http://x', kubeconfig_file: y}]",
       "kubeconfig_file and api_server"},
      {"kubernetes_sd_configs: [{role: node, selectors: [{role: pod}]}]", "takes those of node"},
      {"kubernetes_sd_configs: [{role: pod, selectors: [{role: pod, field: 'a'}]}]",
       "not a field selector"},
      {"kubernetes_sd_configs: [{role: pod, namespaces: {foo: [a]}}]", "unknown field \"foo\""},
      {"consul_sd_configs: [{server: ''}]", "server is empty"},
      {"consul_sd_configs: [{token: a, authorization: {}}]", "token, authorization and"},
      {"consul_sd_configs: [{srv: a}]", "unknown field \"srv\", want one of server"},
      {"ec2_sd_configs: [{filters: [{name: a, values: []}]}]", "has no values"},
      {"azure_sd_configs: [{subscription_id: a}]", "tenant_id is missing"},
      {"azure_sd_configs: [{subscription_id: a, authentication_method: b}]", "want one of OAuth"},
      {"docker_sd_configs: [{}]", "host is missing"},
      {"dockerswarm_sd_configs: [{host: a, role: b}]", "want one of services"},
      {"eureka_sd_configs: [{server: eureka.com}]", "begins with one of http://"},
      {"marathon_sd_configs: [{servers: [a], auth_token: b, auth_token_file: c}]",
       "auth_token and"},
      {"openstack_sd_configs: [{role: instance, region: a, availability: b}]",
       "want one of public"},
      {"oci_sd_configs: [{region: a, auth: b}]", "want one of api_key"},
      {"scaleway_sd_configs: [{role: instance, project_id: a, access_key: b}]", "secret_key or"},
      {"puppetdb_sd_configs: [{url: 'http://a'}]", "query is missing"},
      {"nerve_sd_configs: [{servers: [a], paths: [b]}]", "must begin with '/'"},
      {"hetzner_sd_configs: [{role: b}]", "want one of robot"},
      {"gce_sd_configs: [{project: a}]", "zone is missing"},
      {"vultr_sd_configs: [{refresh_interval: 0s}]", "above zero"},
      {"http_sd_configs: [{url: 'ftp://a'}]", "scheme \"ftp\""},
      {"dns_sd_configs: [{names: [a], type: A}]", "port is missing"},
      {"dns_sd_configs: [{names: [a], type: TXT}]", "want one of SRV"}};
  for (const auto& [section, finding] : cases) {
    EXPECT_THAT(ErrorOf(std::string("scrape_configs:\n- job_name: a\n  ") + section + "\n"),
                testing::HasSubstr(finding))
        << section;
  }
}

TEST(Config, ChecksSectionsThatItDoesNotActOn) {
  const std::pair<const char*, const char*> cases[] = {
      {"remote_write: [{}]", "url is missing"},
      {"remote_write: [{url: 'http://a', headers: {Host: b}}]", "may not be set here"},
      {"remote_write: [{url: 'http://a', queue_config: {min_shards: 60}}]", "above max_shards"},
      {"remote_write: [{url: 'http://a', protobuf_message: b}]", "want prometheus.WriteRequest"},
      {"remote_write: [{url: 'http://a', name: b}, {url: 'http://a', name: b}]", "comes twice"},
      {"remote_write: [{url: 'http://a', sigv4: {}, azuread: {sdk: {}}}]", "at most one of basic"},
      {"remote_write: [{url: 'http://a', azuread: {}}]", "got 0"},
      {"remote_write: [~]", "want a mapping"},
      {"remote_read: [{url: 'http://a'}, {}]", "url is missing"},
      {"alerting: {alertmanagers: [{api_version: v1}]}", "want v2"},
      {"alerting: {alertmanagers: [{static_configs: [{targets: ['http://a']}]}]}", "is not a host"},
      {"alerting: {alert_relabel_configs: [~]}", "want a mapping"},
      {"tracing: {sampling_fraction: 1}", "endpoint is missing"},
      {"tracing: {endpoint: a, compression: b}", "want gzip"},
      {"otlp: {ignore_resource_attributes: [a]}", "needs promote_all"},
      {"otlp: {promote_resource_attributes: [a, ' a ']}", "comes twice"},
      {"otlp: {translation_strategy: NoTranslation}\n"
       "global: {metric_name_validation_scheme: legacy}",
       "wants the utf8"},
      {"storage: {tsdb: {chunk_encoding: {floats: XOR}}}", "want xor or xor2"},
      {"storage: {tsdb: {retention: {percentage: 101}}}", "want 0 to 100"},
      {"rule_files: ['a/*/b.yml']", "a star may stand"}};
  for (const auto& [section, finding] : cases)
    EXPECT_THAT(ErrorOf(std::string(section) + "\n"), testing::HasSubstr(finding)) << section;
}

// As the reference: a section that is there stands for the flags, and all zero is no limit.
TEST(Config, TellsAnAbsentRetentionFromOneWithoutLimits) {
  const auto retention_of = [](const char* text) {
    return ParseConfig(text, "p.yml")->storage.value.tsdb.retention;
  };
  EXPECT_FALSE(retention_of("storage: {tsdb: {}}\n"));
  EXPECT_FALSE(retention_of("storage: {tsdb: {retention: }}\n"));
  for (const char* text :
       {"storage: {tsdb: {retention: {time: 0s}}}\n", "storage: {tsdb: {retention: {}}}\n"}) {
    ASSERT_TRUE(retention_of(text)) << text;
    EXPECT_EQ(retention_of(text)->time.ms, 0);
  }
  EXPECT_EQ(retention_of("storage: {tsdb: {retention: {time: 1h}}}\n")->time.ms, 3'600'000);
}

TEST(Config, AsksForProtobufFirstWhereZerosAreStoredAtStartTimes) {
  const auto config = ParseConfig("global: {}\n", "p.yml", {.start_zeros = true});
  ASSERT_TRUE(config.ok()) << config.message();
  EXPECT_EQ(config->global.options.Protocols().front().format, openmetrics::Format::kProtobuf);
}

TEST(Config, WantsXor2WhereStartTimesAreStored) {
  const auto floats_of = [](const char* text, ConfigOptions options) {
    const auto config = ParseConfig(text, "p.yml", options);
    return config.ok() ? config->storage.value.tsdb.chunk_encoding.floats
                       : std::string(config.message());
  };
  const char* xor1 = "storage: {tsdb: {chunk_encoding: {floats: xor}}}\n";
  const char* xor2 = "storage: {tsdb: {chunk_encoding: {floats: xor2}}}\n";
  const char* none = "global: {}\n";
  EXPECT_EQ(floats_of(none, {}), "");
  EXPECT_EQ(floats_of(none, {.xor2_default = true}), "xor2");
  EXPECT_EQ(floats_of(xor1, {.xor2_default = true}), "xor");
  EXPECT_EQ(floats_of(xor2, {.start_times = true}), "xor2");
  EXPECT_EQ(floats_of(none, {.start_times = true, .xor2_default = true}), "xor2");
  const auto protocols =
      ParseConfig(xor2, "p.yml", {.start_times = true})->global.options.Protocols();
  EXPECT_EQ(protocols.size(), 4U);
  EXPECT_EQ(protocols.front().format, openmetrics::Format::kProtobuf);
  for (const char* text : {none, xor1})
    EXPECT_THAT(floats_of(text, {.start_times = true}), testing::HasSubstr("want xor2"));
}

TEST(Config, TakesJobsFromFilesOfTheirOwn) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "jobs");
  std::ofstream(folder.path() / "jobs/one.yml")
      << "scrape_configs: [{job_name: b, basic_auth: {password_file: p}}]\n";
  const std::string text =
      "global: {scrape_interval: 7s}\nscrape_config_files: ['jobs/*.yml']\n"
      "scrape_configs: [{job_name: a}]\n";
  const std::string path = folder.path() / "p.yml";
  const auto config = ParseConfig(text, path);
  ASSERT_TRUE(config.ok()) << config.message();
  ASSERT_EQ(config->scrape_configs.size(), 2U);
  EXPECT_EQ(config->scrape_configs[1].scrape_interval, Duration::Seconds(7));
  EXPECT_EQ(config->scrape_configs[1].http.basic_auth->password_file, folder.path() / "jobs/p");
  const std::string second = folder.path() / "jobs/two.yml";
  std::ofstream(second) << "scrape_configs: [{job_name: a}]\n";
  EXPECT_EQ(
      ParseConfig(text, path).message(),
      second + ":1:18: found multiple scrape configs with job name \"a\", the first in " + path);
}

TEST(Config, FillsTheEnvironmentIntoExternalLabels) {
  ASSERT_EQ(::setenv("NARTHEX_TEST_ZONE", "z1", 1), 0);
  const auto config = ParseConfig(
      "global: {external_labels: {a: '${NARTHEX_TEST_ZONE}-$NARTHEX_TEST_ZONE$$', b: '$NOSUCH',"
      " c: '100$'}}\n",
      "p.yml");
  ASSERT_TRUE(config.ok()) << config.message();
  EXPECT_THAT(config->global.external_labels,
              testing::ElementsAre(testing::Pair("a", "z1-z1$"), testing::Pair("b", ""),
                                   testing::Pair("c", "100$")));
}

TEST(Config, LetsAJobThatChoosesItsNamesChooseTheirEscaping) {
  const auto config = ParseConfig(
      "global: {metric_name_escaping_scheme: allow-utf-8}\n"
      "scrape_configs: [{job_name: a, metric_name_validation_scheme: legacy}]\n",
      "p.yml");
  ASSERT_TRUE(config.ok()) << config.message();
  EXPECT_EQ(config->scrape_configs[0].options.Escaping(), openmetrics::Escaping::kUnderscores);
}

TEST(Config, FindsDiscoveryFilesBesideItself) {
  const auto config = ParseConfig(
      "scrape_configs:\n- job_name: a\n  file_sd_configs:\n  - files: [t/*.json, /x/y.yml]\n",
      "/etc/narthex/p.yml");
  ASSERT_TRUE(config.ok()) << config.message();
  EXPECT_THAT(config->scrape_configs[0].discovery.file_sd_configs[0].files,
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
