// What is written in a format is read back as the same families, for each format: see the table in
// formats.h for what each can carry.
#include "common/openmetrics/formats.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <tuple>

#include "common/openmetrics/escaping.h"

namespace narthex::openmetrics {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

// Makes families that OpenMetrics allows and that the format carries without loss.
class RandomFamilies {
 public:
  RandomFamilies(uint64_t seed, Format format, NameScheme names)
      : random_(seed), format_(format), names_(names) {}

  std::vector<MetricFamily> Next() {
    std::vector<MetricFamily> families(static_cast<size_t>(1 + Below(5)));
    for (size_t i = 0; i < families.size(); ++i) {
      MetricFamily& family = families[i];
      family.type = RandomType();
      family.unit = Chance(30) && !is_text() ? "seconds" : "";
      family.name = Name("m" + std::to_string(i));
      if (!family.unit.empty()) family.name += "_seconds";
      if (family.type == Type::kInfo || family.type == Type::kStateSet) family.unit.clear();
      if (family.type == Type::kCounter) family.name += "_total";
      if (family.type == Type::kInfo) family.name += "_info";
      family.help = Chance(70) ? "h" + Text(20) : "";
      const int metrics = 1 + Below(4);
      for (int variant = 0; variant < metrics; ++variant) {
        family.metrics.push_back({Labels(variant), RandomPoint(family.type), RandomTime(30)});
      }
    }
    return families;
  }

 private:
  bool is_text() const { return format_ == Format::kText || format_ == Format::kText1; }
  bool is_protobuf() const { return format_ == Format::kProtobuf; }
  bool Chance(int percent) { return Below(100) < percent; }
  int Below(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(random_); }

  double Number() {
    constexpr double kOdd[] = {0, -0.0, kInf, -kInf, 1e-320, 1.7976931348623157e308, -1e6, 0.1};
    if (Chance(20)) return kOdd[Below(static_cast<int>(std::size(kOdd)))];
    if (Chance(5)) return std::numeric_limits<double>::quiet_NaN();
    return std::uniform_real_distribution<double>(-1e9, 1e9)(random_);
  }
  double Positive() { return std::uniform_real_distribution<double>(0, 1e12)(random_); }

  std::optional<int64_t> RandomTime(int percent) {
    if (!Chance(percent)) return std::nullopt;
    return std::uniform_int_distribution<int64_t>(-1'000'000'000'000, 4'000'000'000'000)(random_);
  }

  std::string Text(int max_size) {
    constexpr const char* kPieces[] = {"a", "\\", "\"", "\n", "é", " # ", "}", "{", "=", ",", "😀"};
    std::string text;
    for (int size = Below(max_size); size > 0; --size) {
      text += kPieces[Below(static_cast<int>(std::size(kPieces)))];
    }
    return text;
  }
  std::string Name(const std::string& stem) {
    return names_ == NameScheme::kUtf8 && Chance(50) ? stem + "." + Text(4) : stem;
  }
  // Differs for each variant.
  std::vector<LabelPair> Labels(int variant) {
    std::vector<LabelPair> labels = {{"variant", std::to_string(variant)}};
    for (int i = Below(3); i > 0; --i) labels.push_back({Name("l" + std::to_string(i)), Text(10)});
    std::sort(labels.begin(), labels.end());
    return labels;
  }

  std::optional<Exemplar> RandomExemplar(double at_most) {
    if (is_text() || !Chance(30)) return std::nullopt;
    Exemplar exemplar;
    if (Chance(70)) exemplar.labels = LabelSet::Of({{"trace", "x" + Text(5)}});
    exemplar.value = std::min(at_most, std::uniform_real_distribution<double>(-5, 5)(random_));
    exemplar.timestamp_ms = RandomTime(50);
    return exemplar;
  }
  std::optional<int64_t> Created() { return is_text() ? std::nullopt : RandomTime(40); }

  Type RandomType() {
    if (IsOpenMetrics(format_)) return static_cast<Type>(Below(8));
    constexpr Type kText[] = {Type::kCounter, Type::kGauge,   Type::kHistogram,
                              Type::kSummary, Type::kUnknown, Type::kGaugeHistogram};
    return kText[Below(is_text() ? 5 : 6)];
  }

  Point RandomPoint(Type type) {
    switch (type) {
      case Type::kCounter:
        return CounterPoint{Positive(), RandomExemplar(kInf), Created()};
      case Type::kSummary:
        return RandomSummary();
      case Type::kHistogram:
      case Type::kGaugeHistogram:
        return RandomHistogram(type);
      case Type::kInfo:
        return 1.0;
      case Type::kStateSet:
        return StateSetPoint{{{"on" + Text(3), Chance(50)}, {"off" + Text(3), Chance(50)}}};
      default:
        return Number();
    }
  }

  SummaryPoint RandomSummary() {
    SummaryPoint summary;
    if (Chance(80)) summary.count = Below(1000000);
    if (Chance(80)) summary.sum = Positive();
    if (Chance(70)) {
      summary.quantiles = {{0, Positive()}, {0.5, Positive()}, {1, std::nan("")}};
      summary.quantiles.resize(1 + static_cast<size_t>(Below(3)));
    }
    const bool any = summary.count || summary.sum || !summary.quantiles.empty();
    if (!any) summary.sum = 1;
    summary.created_ms = Created();
    return summary;
  }

  HistogramPoint RandomHistogram(Type type) {
    HistogramPoint histogram;
    const bool native_only = is_protobuf() && Chance(30);
    // OpenMetrics takes whole counts only.
    histogram.float_counts = !IsOpenMetrics(format_) && Chance(30);
    const double step = histogram.float_counts ? 0.5 : 1;
    double count = step;
    if (!native_only) {
      constexpr double kBounds[] = {0, 1e-9, 0.1, 1, 5, 1e6};
      for (const double bound : kBounds) {
        if (Chance(40)) continue;
        histogram.buckets.push_back({bound, count, RandomExemplar(bound)});
        count += step * Below(5);
      }
      histogram.buckets.push_back({kInf, count, RandomExemplar(kInf)});
    }
    // In OpenMetrics sum and count go together.
    histogram.sum = Positive();
    histogram.count = count;
    if (native_only || (is_protobuf() && Chance(30))) {
      histogram.native = RandomNative(histogram.float_counts);
    }
    if (type == Type::kHistogram || is_protobuf()) histogram.created_ms = Created();
    return histogram;
  }

  std::shared_ptr<const NativeHistogram> RandomNative(bool float_counts) {
    NativeHistogram native;
    native.schema = Below(13) - 4;
    native.zero_threshold = Chance(50) ? 0 : 1e-128;
    native.zero_count = float_counts ? 0.5 : Below(3);
    native.negative = RandomSide(float_counts);
    native.positive = RandomSide(float_counts);
    if (const auto exemplar = RandomExemplar(kInf)) native.exemplars.push_back(*exemplar);
    return std::make_shared<NativeHistogram>(std::move(native));
  }

  NativeBuckets RandomSide(bool float_counts) {
    NativeBuckets side;
    for (int i = Below(3); i > 0; --i) {
      side.spans.push_back({side.spans.empty() ? Below(100) - 50 : 1 + Below(5),
                            static_cast<uint32_t>(1 + Below(4))});
      for (uint32_t b = 0; b < side.spans.back().length; ++b) {
        side.counts.push_back(float_counts ? 0.25 * Below(9) : Below(1000));
      }
    }
    return side;
  }

  std::mt19937_64 random_;
  Format format_;
  NameScheme names_;
};

class RoundTrip : public testing::TestWithParam<std::tuple<Format, NameScheme>> {};

TEST_P(RoundTrip, GivesTheSameFamilies) {
  const auto [format, names] = GetParam();
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    const auto families = RandomFamilies(seed, format, names).Next();
    std::string written;
    WriteFamilies(families, {format, Escaping::kAllowUtf8}, written);
    const auto read = ReadFamilies(written, format, names);
    ASSERT_TRUE(read.ok()) << "seed " << seed << ": " << read.message() << "\n" << written;
    ASSERT_TRUE(std::equal(families.begin(), families.end(), read->begin(), read->end(), Same))
        << "seed " << seed << ":\n"
        << written;
  }
}

INSTANTIATE_TEST_SUITE_P(EachFormat, RoundTrip,
                         testing::Values(std::tuple(Format::kText, NameScheme::kLegacy),
                                         std::tuple(Format::kText1, NameScheme::kUtf8),
                                         std::tuple(Format::kOpenMetrics, NameScheme::kLegacy),
                                         std::tuple(Format::kOpenMetrics001, NameScheme::kUtf8),
                                         std::tuple(Format::kProtobuf, NameScheme::kUtf8)));

// Whoever does not take UTF-8 names gets none, whatever the families were named.
TEST(WriteFamilies, EscapesForLegacyReaders) {
  for (const Escaping escaping : {Escaping::kUnderscores, Escaping::kDots, Escaping::kValues}) {
    for (uint64_t seed = 0; seed < 200; ++seed) {
      auto families = RandomFamilies(seed, Format::kProtobuf, NameScheme::kUtf8).Next();
      std::string written;
      WriteFamilies(families, {Format::kProtobuf, escaping}, written);
      const auto read = ReadFamilies(written, Format::kProtobuf, NameScheme::kLegacy);
      ASSERT_TRUE(read.ok()) << "seed " << seed << ": " << read.message();
      ASSERT_EQ(read->size(), families.size());
    }
  }
}

}  // namespace
}  // namespace narthex::openmetrics
