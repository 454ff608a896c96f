#include "common/openmetrics/format.h"

#include <gtest/gtest.h>

namespace narthex::openmetrics {
namespace {

std::string Negotiated(std::string_view accept) { return ContentType(Negotiate(accept)); }

TEST(Negotiate, TakesTheHighestQualityItKnows) {
  const std::string text = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";
  EXPECT_EQ(Negotiated(""), text);
  EXPECT_EQ(Negotiated("text/html, */*;q=0.1"), text);
  EXPECT_EQ(Negotiated("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3"),
            "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores");
  EXPECT_EQ(Negotiated("application/openmetrics-text;version=9.0.0,text/plain;q=0.3"), text);
  EXPECT_EQ(Negotiated("application/openmetrics-text;q=0.2,text/plain;q=0.3"), text);
  EXPECT_EQ(Negotiated("application/openmetrics-text"),
            "application/openmetrics-text; version=0.0.1; charset=utf-8; escaping=underscores");
  EXPECT_EQ(Negotiated("application/openmetrics-text;q=0"), text);
}

// What Prometheus 3 sends, without and with native histograms asked for.
TEST(Negotiate, AnswersPrometheus3) {
  EXPECT_EQ(Negotiated("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                       "application/openmetrics-text;version=0.0.1;q=0.5,"
                       "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
                       "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"),
            "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8");
  EXPECT_EQ(Negotiated("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
                       "encoding=delimited;escaping=allow-utf-8;q=0.6,text/plain;q=0.5"),
            "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; "
            "encoding=delimited; escaping=allow-utf-8");
  EXPECT_EQ(Negotiated("text/plain;version=1.0.0;escaping=allow-utf-8"),
            "text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8");
}

TEST(Negotiate, KeepsToTheEscapingAskedFor) {
  EXPECT_EQ(Negotiate("text/plain;escaping=dots").escaping, Escaping::kDots);
  EXPECT_EQ(Negotiate("text/plain;escaping=\"values\"").escaping, Escaping::kValues);
  EXPECT_EQ(Negotiate("text/plain;escaping=shouting").escaping, Escaping::kUnderscores);
  // A range that is passed over leaves its escaping to the one taken; a later one does not.
  EXPECT_EQ(Negotiate("image/png;escaping=dots,text/plain;q=0.5").escaping, Escaping::kDots);
  EXPECT_EQ(Negotiate("text/plain,text/html;escaping=dots;q=0.5").escaping, Escaping::kUnderscores);
}

TEST(Negotiate, NeedsMessageAndDelimitersOfProtobuf) {
  EXPECT_EQ(Negotiate("application/vnd.google.protobuf").format, Format::kText);
  EXPECT_EQ(Negotiate("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
                      "encoding=text")
                .format,
            Format::kText);
}

TEST(FormatOfContentType, KnowsExpositionsOnly) {
  EXPECT_EQ(FormatOfContentType("text/plain; version=0.0.4"), Format::kText);
  EXPECT_EQ(FormatOfContentType("text/plain; version=1.0.0; escaping=allow-utf-8"), Format::kText1);
  EXPECT_EQ(FormatOfContentType("application/openmetrics-text"), Format::kOpenMetrics);
  EXPECT_EQ(FormatOfContentType("application/vnd.google.protobuf; "
                                "proto=io.prometheus.client.MetricFamily; encoding=delimited"),
            Format::kProtobuf);
  EXPECT_EQ(FormatOfContentType("application/vnd.google.protobuf; encoding=text"), std::nullopt);
  EXPECT_EQ(FormatOfContentType("text/html"), std::nullopt);
  EXPECT_EQ(FormatOfContentType(""), std::nullopt);
}

// Every answer's type is one that its reader recognises.
TEST(ContentType, IsReadBackAsItsFormat) {
  for (const Format format : {Format::kText, Format::kText1, Format::kOpenMetrics,
                              Format::kOpenMetrics001, Format::kProtobuf}) {
    const std::string type = ContentType({format, Escaping::kAllowUtf8});
    EXPECT_EQ(FormatOfContentType(type), format);
    EXPECT_EQ(Negotiate(type).format, format);
    EXPECT_EQ(Negotiate(type).escaping, Escaping::kAllowUtf8);
  }
}

}  // namespace
}  // namespace narthex::openmetrics
