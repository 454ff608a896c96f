#include "server/flags/server_flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace narthex::server {
namespace {

using testing::HasSubstr;

Status ParseAndCheck(const std::vector<std::string>& arguments, Options& options) {
  cli::Flags flags = DeclareFlags(options);
  std::string output;
  RETURN_IF_ERROR(flags.Parse(arguments, output).status());
  return CheckOptions(options);
}

TEST(ServerFlags, HaveDefaultsThatPass) {
  Options options;
  ASSERT_TRUE(ParseAndCheck({}, options).ok());
  EXPECT_EQ(options.web.route_prefix, "");
  EXPECT_EQ(options.scrape_tolerance().ms, 2);
  EXPECT_FALSE(options.search);
}

TEST(ServerFlags, TakeThePrefixFromTheExternalUrl) {
  Options options;
  ASSERT_TRUE(ParseAndCheck({"--web.external-url=https://example.org/prom/"}, options).ok());
  EXPECT_EQ(options.web.route_prefix, "/prom");
  Options own;
  ASSERT_TRUE(
      ParseAndCheck({"--web.external-url=https://example.org/prom/", "--web.route-prefix=/"}, own)
          .ok());
  EXPECT_EQ(own.web.route_prefix, "");
}

TEST(ServerFlags, MayLeaveTimestampsAlone) {
  Options options;
  ASSERT_TRUE(ParseAndCheck({"--no-scrape.adjust-timestamps"}, options).ok());
  EXPECT_EQ(options.scrape_tolerance().ms, 0);
}

TEST(ServerFlags, KnowFeatures) {
  Options options;
  ASSERT_TRUE(ParseAndCheck({"--enable-feature=search-api,exemplar-storage",
                             "--enable-feature=promql-experimental-functions"},
                            options)
                  .ok());
  EXPECT_TRUE(options.search && options.keep_exemplars);
  EXPECT_TRUE(options.query.parser.experimental_functions);
  for (const char* wrong : {"nonsense", "old-ui"}) {
    Options other;
    const Status status = ParseAndCheck({std::string("--enable-feature=") + wrong}, other);
    EXPECT_THAT(std::string(status.message()), HasSubstr(wrong));
  }
  Options zeros;
  ASSERT_TRUE(ParseAndCheck({"--enable-feature=created-timestamp-zero-ingestion",
                             "--storage.tsdb.delay-compact-file.path=thanos.shipper.json"},
                            zeros)
                  .ok());
  EXPECT_TRUE(zeros.storage.start_zeros && zeros.config.start_zeros);
  EXPECT_FALSE(zeros.storage.start_times);
  EXPECT_EQ(zeros.storage.uploads_file, "thanos.shipper.json");
  Options harmless;
  ASSERT_TRUE(
      ParseAndCheck({"--enable-feature=native-histograms,auto-reload-config"}, harmless).ok());
  EXPECT_EQ(harmless.notes.size(), 1U);
  EXPECT_TRUE(harmless.auto_reload);
}

TEST(ServerFlags, LimitBySizeAloneWhereOnlyThatIsGiven) {
  const auto limits_by = [](const std::vector<std::string>& arguments) {
    Options options;
    EXPECT_TRUE(ParseAndCheck(arguments, options).ok());
    const tsdb::RetentionLimits& limits = options.storage.retention;
    return std::pair(FormatDuration(limits.time), limits.size.bytes);
  };
  using Limits = std::pair<std::string, uint64_t>;
  EXPECT_EQ(limits_by({}), Limits("15d", 0));
  EXPECT_EQ(limits_by({"--storage.tsdb.retention.time=0s"}), Limits("0s", 0));
  EXPECT_EQ(limits_by({"--storage.tsdb.retention.size=2KB"}), Limits("0s", 2048));
  EXPECT_EQ(limits_by({"--storage.tsdb.retention.size=1KB", "--storage.tsdb.retention.time=1h"}),
            Limits("1h", 1024));
}

TEST(ServerFlags, SayHowTheLogIsCompressed) {
  const auto compression_by = [](const std::vector<std::string>& arguments) {
    Options options;
    EXPECT_TRUE(ParseAndCheck(arguments, options).ok());
    return options.storage.wal.compression;
  };
  EXPECT_EQ(compression_by({}), tsdb::WalCompression::kSnappy);
  EXPECT_EQ(compression_by({"--storage.tsdb.wal-compression-type=zstd"}),
            tsdb::WalCompression::kZstd);
  EXPECT_EQ(compression_by(
                {"--storage.tsdb.wal-compression-type=zstd", "--no-storage.tsdb.wal-compression"}),
            tsdb::WalCompression::kNone);
}

TEST(ServerFlags, RefuseWhatIsWrongByName) {
  const std::pair<const char*, const char*> wrong[] = {
      {"--query.max-concurrency=0", "--query.max-concurrency: want at least 1"},
      {"--web.cors.origin=(", "--web.cors.origin: "},
      {"--scrape.timestamp-tolerance=-1s", "scrape.timestamp-tolerance"},
      {"--config.auto-reload-interval=0s", "--config.auto-reload-interval: want above 0"},
      {"--storage.tsdb.wal-compression-type=lz4", "want snappy or zstd"},
      {"--storage.tsdb.retention.time=soon", "--storage.tsdb.retention.time: "},
      {"--agent", "flag --agent: there is no agent mode"},
      {"--web.enable-remote-write-receiver", "takes no remote writes"},
  };
  for (const auto& [argument, finding] : wrong) {
    Options options;
    const Status status = ParseAndCheck({argument}, options);
    EXPECT_THAT(std::string(status.message()), HasSubstr(finding)) << argument;
  }
}

}  // namespace
}  // namespace narthex::server
