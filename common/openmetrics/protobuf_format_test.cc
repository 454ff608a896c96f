#include "common/openmetrics/protobuf_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "common/openmetrics/protobuf_wire.h"

namespace narthex::openmetrics {
namespace {

using testing::ElementsAre;

// Messages spelled field by field, so that reading is not only tested against our own writing.

std::string Label(std::string_view name, std::string_view value) {
  std::string out;
  AppendBytesField(out, 1, name);
  AppendBytesField(out, 2, value);
  return out;
}

std::string Family(std::string_view name, uint64_t type, const std::vector<std::string>& metrics) {
  std::string family;
  for (const std::string& metric : metrics) AppendBytesField(family, 4, metric);
  AppendBytesField(family, 1, name);
  AppendVarintField(family, 3, type);
  std::string out;
  AppendVarint(out, family.size());
  return out + family;
}

std::string Metric(uint32_t point_field, std::string_view point,
                   const std::vector<std::string>& labels = {}) {
  std::string out;
  AppendBytesField(out, point_field, point);
  for (const std::string& label : labels) AppendBytesField(out, 1, label);
  return out;
}

std::string Number(double value) {
  std::string out;
  AppendDoubleField(out, 1, value);
  return out;
}

std::string Error(std::string_view body, NameScheme names = NameScheme::kLegacy) {
  const auto families = ReadProtobuf(body, names);
  return families.ok() ? "" : std::string(families.message());
}

std::string HistogramError(std::string_view fields) {
  return Error(Family("h", 4, {Metric(7, fields)}));
}

TEST(ReadProtobuf, ReadsFieldsInAnyOrderAndPassesOverUnknownOnes) {
  std::string counter = Number(5);
  AppendMessageField(counter, 3, [&] {
    AppendVarintField(counter, 1, 12);
    AppendVarintField(counter, 2, 345'678'901);
  });
  AppendVarintField(counter, 99, 7);
  const auto families =
      ReadProtobuf(Family("c_total", 0, {Metric(3, counter, {Label("z", "1"), Label("a", "")})}) +
                       Family("empty", 1, {}),
                   NameScheme::kLegacy);
  ASSERT_TRUE(families.ok()) << families.message();
  ASSERT_EQ(families->size(), 1u);
  EXPECT_EQ((*families)[0].type, Type::kCounter);
  const auto& metric = (*families)[0].metrics.at(0);
  EXPECT_THAT(metric.labels, ElementsAre(LabelPair{"a", ""}, LabelPair{"z", "1"}));
  EXPECT_EQ(std::get<CounterPoint>(metric.point).value, 5);
  EXPECT_EQ(std::get<CounterPoint>(metric.point).created_ms, 12345);
}

TEST(ReadProtobuf, AddsUpNativeDeltasPackedOrNot) {
  std::string histogram;
  AppendVarintField(histogram, 5, Zigzag(3));
  AppendMessageField(histogram, 12, [&] {
    AppendVarintField(histogram, 1, Zigzag(-2));
    AppendVarintField(histogram, 2, 4);
  });
  AppendVarintField(histogram, 13, Zigzag(5));
  AppendMessageField(histogram, 13, [&] {
    AppendVarint(histogram, Zigzag(-2));
    AppendVarint(histogram, Zigzag(0));
  });
  AppendVarintField(histogram, 13, Zigzag(1));
  const auto families = ReadProtobuf(Family("h", 4, {Metric(7, histogram)}), NameScheme::kLegacy);
  ASSERT_TRUE(families.ok()) << families.message();
  const auto& point = std::get<HistogramPoint>((*families)[0].metrics.at(0).point);
  ASSERT_TRUE(point.native);
  EXPECT_EQ(point.native->schema, 3);
  EXPECT_THAT(point.native->positive.spans, ElementsAre(BucketSpan{-2, 4}));
  EXPECT_THAT(point.native->positive.counts, ElementsAre(5, 3, 3, 4));
  EXPECT_FALSE(point.float_counts);
}

TEST(ReadProtobuf, RefusesFamiliesWithPlaceAndReason) {
  EXPECT_EQ(Error("\x05x"), "family 0: message is cut");
  EXPECT_EQ(Error(std::string("\x02\x0a\x7f", 3)), "family 0: family is cut or malformed");
  const std::string gauge = Metric(2, Number(1));
  EXPECT_EQ(Error(Family("a", 1, {gauge}) + Family("a", 1, {gauge})),
            "family 1: \"a\" given twice");
  EXPECT_EQ(Error(Family("a.b", 1, {gauge})), "family 0: invalid metric name \"a.b\"");
  EXPECT_EQ(Error(Family("a.b", 1, {gauge}), NameScheme::kUtf8), "");
  EXPECT_EQ(Error(Family("", 1, {gauge}), NameScheme::kUtf8), "family 0: invalid metric name \"\"");
  EXPECT_EQ(Error(Family("a", 6, {gauge})), "family 0: unknown metric type 6");
  EXPECT_EQ(Error(Family("a", 0, {gauge})),
            "family 0: metric 0: a counter's metric without a counter");
  EXPECT_EQ(Error(Family("a", 1, {Metric(2, Number(1), {Label("b", "1"), Label("b", "2")})})),
            "family 0: metric 0: label \"b\" twice");
  EXPECT_EQ(Error(Family("a", 1, {Metric(2, Number(1), {Label("b", "\xff")})})),
            "family 0: metric 0: label value is not UTF-8");
  EXPECT_EQ(Error(Family("a", 1, {Metric(2, Number(1), {Label("__name__", "b")})})),
            "family 0: metric 0: label name __name__ is reserved");
  EXPECT_EQ(Error(Family("h", 4, {Metric(7, "", {Label("le", "1")})})),
            "family 0: metric 0: label name le is reserved");
}

TEST(ReadProtobuf, RefusesHistogramsThatDoNotFit) {
  std::string fields;
  AppendVarintField(fields, 5, Zigzag(9));
  EXPECT_EQ(HistogramError(fields), "family 0: metric 0: unknown native schema 9");
  fields.clear();
  AppendVarintField(fields, 13, Zigzag(-1));
  EXPECT_EQ(HistogramError(fields), "family 0: metric 0: native bucket with a negative count");
  fields.clear();
  AppendVarintField(fields, 13, Zigzag(1));
  EXPECT_EQ(HistogramError(fields), "family 0: metric 0: native spans of 0 buckets, but 1 counts");
  fields.clear();
  AppendMessageField(fields, 12, [&] { AppendVarintField(fields, 2, 0xffffffff); });
  EXPECT_EQ(HistogramError(fields),
            "family 0: metric 0: native spans of 4294967295 buckets, but 0 counts");
  fields.clear();
  for (const double bound : {2.0, 1.0}) {
    AppendMessageField(fields, 3, [&] { AppendDoubleField(fields, 2, bound); });
  }
  EXPECT_EQ(HistogramError(fields), "family 0: metric 0: buckets are not in increasing order");
}

TEST(AppendProtobuf, TellsAnEmptyNativeHistogramFromAClassicOne) {
  HistogramPoint point;
  point.count = 0;
  point.native = std::make_shared<NativeHistogram>();
  const MetricFamily family{"h", Type::kHistogram, "", "", {{{}, point, {}}}};
  std::string out;
  AppendProtobuf(out, family);
  const auto read = ReadProtobuf(out, NameScheme::kLegacy);
  ASSERT_TRUE(read.ok()) << read.message();
  EXPECT_TRUE(Same(read->at(0), family));
}

TEST(AppendProtobuf, MakesGaugesOfStates) {
  const MetricFamily family{
      "door", Type::kStateSet, "", "", {{{{"z", "1"}}, StateSetPoint{{{"open", true}}}, {}}}};
  std::string out;
  AppendProtobuf(out, family);
  const auto read = ReadProtobuf(out, NameScheme::kLegacy);
  ASSERT_TRUE(read.ok()) << read.message();
  EXPECT_EQ(read->at(0).type, Type::kGauge);
  EXPECT_THAT(read->at(0).metrics.at(0).labels,
              ElementsAre(LabelPair{"door", "open"}, LabelPair{"z", "1"}));
}

// Every prefix is a body that some broken transfer leaves.
TEST(ReadProtobuf, SurvivesEveryPrefix) {
  const std::string body = Family("a", 1, {Metric(2, Number(1), {Label("b", "c")})});
  for (size_t size = 1; size < body.size(); ++size) {
    EXPECT_FALSE(ReadProtobuf(body.substr(0, size), NameScheme::kUtf8).ok()) << size;
  }
}

}  // namespace
}  // namespace narthex::openmetrics
