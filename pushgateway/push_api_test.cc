#include "pushgateway/push_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/openmetrics/formats.h"
#include "pushgateway/testing/test_gateway.h"

namespace narthex::pushgateway {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kInconsistent =
    "400 pushed metrics are invalid or inconsistent with existing metrics: ";

TEST(PushApi, PutReplacesTheGroupAndPostTheFamily) {
  TestGateway gateway;
  EXPECT_EQ(gateway.Put("job/j", "a 1\nb 2\n"), "200");
  EXPECT_EQ(gateway.Post("job/j", "b 3\n"), "200");
  EXPECT_EQ(gateway.Samples(),
            "a{instance=\"\",job=\"j\"} 1\nb{instance=\"\",job=\"j\"} 3\n"
            "push_failure_time_seconds{instance=\"\",job=\"j\"} 0\n"
            "push_time_seconds{instance=\"\",job=\"j\"} 1000\n");
  EXPECT_EQ(gateway.Put("job/j", "b 4\n"), "200");
  EXPECT_THAT(gateway.Samples(), Not(HasSubstr("a{")));
  EXPECT_EQ(gateway.Put("job/j", ""), "200");
  EXPECT_THAT(gateway.Samples(), testing::StartsWith("push_failure_time_seconds"));
}

TEST(PushApi, DeletesOneGroupOrAll) {
  TestGateway gateway;
  gateway.Put("job/j", "a 1\n");
  gateway.Put("job/j/instance/i", "a 2\n");
  EXPECT_EQ(gateway.Delete("job/k"), "202");
  EXPECT_EQ(gateway.Delete("job/j"), "202");
  EXPECT_THAT(gateway.Samples(), testing::StartsWith("a{instance=\"i\",job=\"j\"} 2\n"));
  EXPECT_EQ(gateway.Ask("PUT", "/api/v1/admin/wipe"), "202");
  EXPECT_EQ(gateway.Samples(), "");
  EXPECT_EQ(gateway.store.sizes().series, 0U);
}

TEST(PushApi, HasNoWipeUnlessAskedFor) {
  PushApiOptions options = TestGateway::Options();
  options.admin = false;
  TestGateway gateway(nullptr, options);
  EXPECT_THAT(gateway.Ask("PUT", "/api/v1/admin/wipe"), testing::StartsWith("404"));
}

TEST(PushApi, RefusesWhatDoesNotGoWithTheStoreAndNamesIt) {
  TestGateway gateway;
  gateway.Put("job/j", "a{x=\"1\"} 1\n# TYPE h histogram\nh_count 1\nh_sum 1\n");
  EXPECT_EQ(gateway.Put("job/k", "# TYPE a counter\na 1\n"),
            std::string(kInconsistent) +
                "family \"a\" is pushed as counter to group {job=\"k\"}, but group {job=\"j\"} has "
                "it as untyped");
  EXPECT_EQ(gateway.Put("job/k", "h_count 1\n"),
            std::string(kInconsistent) +
                "family \"h_count\" in group {job=\"k\"} has the name of a sample of histogram "
                "\"h\" in group {job=\"j\"}");
  EXPECT_EQ(gateway.Put("job/j/instance@base64/=", "b 1\n"),
            std::string(kInconsistent) +
                "group {instance=\"\",job=\"j\"} cannot be told from group {job=\"j\"}: both have "
                "the labels {instance=\"\",job=\"j\"}");
  EXPECT_EQ(gateway.Put("job/k",
                        "# TYPE pushgateway_http_requests_total gauge\n"
                        "pushgateway_http_requests_total 1\n"),
            std::string(kInconsistent) +
                "family \"pushgateway_http_requests_total\" is pushed as gauge, but the "
                "pushgateway shows it of itself as counter");
  gateway.Put("job/m", "d{instance=\"i\"} 1\n");
  EXPECT_EQ(gateway.Put("job/m/instance/i", "d 1\n"),
            std::string(kInconsistent) +
                "d{instance=\"i\",job=\"m\"} pushed to group {instance=\"i\",job=\"m\"} is already "
                "in group {job=\"m\"}");
}

// The type of a family may change with the push that replaces all of it.
TEST(PushApi, ComparesWithTheStateAfterThePush) {
  TestGateway gateway;
  gateway.Put("job/j", "# TYPE a gauge\na 1\nh_count 1\n");
  EXPECT_EQ(gateway.Put("job/j", "# TYPE a counter\na 1\n"), "200");
  EXPECT_EQ(gateway.Post("job/j", "# TYPE a gauge\na 1\nh_count 1\n"), "200");
  EXPECT_THAT(gateway.Post("job/j", "# TYPE h histogram\nh_count 1\nh_sum 1\n"),
              HasSubstr("histogram \"h\" in group {job=\"j\"} has samples of the name of family "
                        "\"h_count\" in group {job=\"j\"}"));
  EXPECT_EQ(gateway.Put("job/j", "# TYPE h histogram\nh_count 1\nh_sum 1\n"), "200");
}

TEST(PushApi, NotesTheFailureAndChangesNothingElse) {
  TestGateway gateway;
  gateway.Put("job/j", "a 1\n");
  const std::string failed = gateway.Put("job/j", "a 1\nb 2 1000\n");
  EXPECT_THAT(failed, HasSubstr("pushed metrics must not have timestamps: b{}"));
  EXPECT_EQ(gateway.Samples(),
            "a{instance=\"\",job=\"j\"} 1\n"
            "push_failure_time_seconds{instance=\"\",job=\"j\"} 1000.001\n"
            "push_time_seconds{instance=\"\",job=\"j\"} 1000\n");
  EXPECT_THAT(gateway.log, HasSubstr("group=\"{job=\\\"j\\\"}\""));
  // What cannot be read reaches no group.
  EXPECT_EQ(gateway.Put("job/k", "a 1\n}"), "400 2:1: want a metric name");
  EXPECT_THAT(gateway.Samples(), Not(HasSubstr("job=\"k\"")));
}

TEST(PushApi, OverridesThePushTimesThatAPushBrings) {
  TestGateway gateway;
  EXPECT_EQ(gateway.Put("job/j",
                        "push_time_seconds 7\n# TYPE push_failure_time_seconds counter\n"
                        "push_failure_time_seconds 7\n"),
            "200");
  EXPECT_EQ(gateway.Samples(),
            "push_failure_time_seconds{instance=\"\",job=\"j\"} 0\n"
            "push_time_seconds{instance=\"\",job=\"j\"} 1000\n");
}

TEST(PushApi, AnswersBeforeTheCheckWhereAskedTo) {
  PushApiOptions options = TestGateway::Options();
  options.answer_unchecked = true;
  TestGateway gateway(nullptr, options);
  EXPECT_EQ(gateway.Put("job/j", "a 1\n"), "202");
  EXPECT_EQ(gateway.Put("job/k", "# TYPE a counter\na 1\n"), "202");
  EXPECT_THAT(gateway.Samples(),
              HasSubstr("push_failure_time_seconds{instance=\"\",job=\"k\"} 1000"));
  EXPECT_THAT(gateway.Samples(), Not(HasSubstr("a{instance=\"\",job=\"k\"")));
  EXPECT_THAT(gateway.Put("job/k", "}"), testing::StartsWith("400"));
}

TEST(PushApi, ReadsProtobufByItsContentType) {
  TestGateway gateway;
  MetricFamily family{"c_total", openmetrics::Type::kCounter, "Help."};
  family.metrics.push_back({{{"x", "1"}}, openmetrics::CounterPoint{.value = 5}});
  std::string body;
  openmetrics::WriteFamilies(
      {family}, {openmetrics::Format::kProtobuf, openmetrics::Escaping::kAllowUtf8}, body);
  const std::string type =
      "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; "
      "encoding=delimited";
  EXPECT_EQ(gateway.Ask("POST", "/metrics/job/j", body, {{"Content-Type", type}}), "200");
  EXPECT_THAT(gateway.Samples(), HasSubstr("c_total{instance=\"\",job=\"j\",x=\"1\"} 5\n"));
  EXPECT_THAT(gateway.Post("job/j", body), testing::StartsWith("400"));
}

TEST(PushApi, SaysWhichEncodingItWants) {
  TestGateway gateway;
  EXPECT_EQ(gateway.Ask("POST", "/metrics/job/j", "a 1\n", {{"Content-Encoding", "identity"}}),
            "200");
  EXPECT_EQ(gateway.Ask("POST", "/metrics/job/j", "a 1\n", {{"Content-Encoding", "deflate"}}),
            "400 Content-Encoding \"deflate\": want gzip or snappy");
  EXPECT_EQ(gateway.Ask("POST", "/metrics/job/j", "a 1\n", {{"Content-Encoding", "GZIP"}}),
            "400 gzip body cut short");
}

TEST(QueryApi, TellsOfGroupsAndMetrics) {
  TestGateway gateway;
  gateway.Put("job/j", "# TYPE a gauge\n# HELP a Help.\na{x=\"1\"} 1e9\nlabels 2\n");
  const std::string group =
      "[{\"last_push_successful\":true,\"push_time_seconds\":{\"time_stamp\":"
      "\"1970-01-01T00:16:40.000Z\",\"type\":\"GAUGE\",\"help\":\"Unix time of the last push to "
      "this group that was taken.\",\"metrics\":[{\"labels\":{\"instance\":\"\",\"job\":\"j\"},"
      "\"value\":\"1000\"}]}";
  EXPECT_THAT(gateway.Ask("GET", "/api/v1/metrics?group=job/j"), HasSubstr(group));
  EXPECT_THAT(gateway.Ask("GET", "/api/v1/metrics"),
              HasSubstr("\"a\":{\"time_stamp\":\"1970-01-01T00:16:40.000Z\",\"type\":\"GAUGE\","
                        "\"help\":\"Help.\",\"metrics\":[{\"labels\":{\"instance\":\"\",\"job\":"
                        "\"j\",\"x\":\"1\"},\"value\":\"1e+09\"}]}"));
  EXPECT_THAT(gateway.Ask("GET", "/api/v1/groups"),
              HasSubstr("[{\"labels\":{\"job\":\"j\"},\"path\":\"job@base64/ag=\","
                        "\"last_push_successful\":true,\"push_time\":1000,"
                        "\"push_failure_time\":0,\"families\":2,\"series\":2}]"));
  EXPECT_THAT(gateway.Ask("GET", "/api/v1/metrics?group=job/k"), HasSubstr("\"data\":[]"));
  EXPECT_THAT(gateway.Ask("GET", "/api/v1/metrics?group=x"), testing::StartsWith("400"));
  EXPECT_EQ(gateway.Ask("OPTIONS", "/api/v1/metrics"), "200");
}

}  // namespace
}  // namespace narthex::pushgateway
