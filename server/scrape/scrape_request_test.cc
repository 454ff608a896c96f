#include "server/scrape/scrape_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace narthex::server {
namespace {

using openmetrics::Escaping;
using openmetrics::Format;

// What prometheus 3.5 sends; tests/interop/test_scrape_options_peer.py compares the two.
TEST(AcceptHeader, AsksForWhatIsConfiguredInThatOrder) {
  EXPECT_EQ(AcceptHeader(ScrapeOptions().Protocols(), Escaping::kAllowUtf8),
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
            "application/openmetrics-text;version=0.0.1;q=0.5,"
            "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
            "text/plain;version=0.0.4;q=0.3,*/*;q=0.2");
  EXPECT_EQ(AcceptHeader({{Format::kText}, {Format::kOpenMetrics}}, Escaping::kUnderscores),
            "text/plain;version=0.0.4;q=0.6,"
            "application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.5,*/*;q=0.4");
}

TEST(FormatOfAnswer, TakesTheFallbackOnlyWhereTheTypeSaysNothing) {
  ScrapeConfig job;
  EXPECT_EQ(*FormatOfAnswer("text/plain", job), Format::kText);
  EXPECT_EQ(*FormatOfAnswer("Text/Plain; charset=utf-8", job), Format::kText);
  EXPECT_EQ(*FormatOfAnswer("application/openmetrics-text; version=1.0.0", job),
            Format::kOpenMetrics);
  EXPECT_EQ(FormatOfAnswer("", job).message(),
            "no Content-Type, and no fallback_scrape_protocol is configured");
  EXPECT_FALSE(FormatOfAnswer("text/html", job).ok());
  job.fallback_scrape_protocol = {Format::kOpenMetrics};
  EXPECT_EQ(*FormatOfAnswer("", job), Format::kOpenMetrics);
  EXPECT_EQ(*FormatOfAnswer("text/html", job), Format::kOpenMetrics);
  EXPECT_EQ(*FormatOfAnswer("text/plain", job), Format::kText);
}

TEST(BodyLimit, RefusesABodyOfTheLimitItself) {
  ScrapeConfig job;
  EXPECT_EQ(BodyLimit(job), kMaxBodyBytes);
  job.options.body_size_limit = {1024};
  EXPECT_EQ(BodyLimit(job), 1023U);
}

TEST(ScrapeFailure, HasANameForEachReason) {
  std::set<std::string_view> names;
  for (size_t i = 1; i < kScrapeFailures; ++i)
    names.insert(FailureName(static_cast<ScrapeFailure>(i)));
  EXPECT_EQ(names.size(), kScrapeFailures - 1);
  EXPECT_FALSE(names.contains(""));
}

}  // namespace
}  // namespace narthex::server
