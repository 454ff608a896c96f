#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/promql/naive/random_case.h"

namespace narthex::naive {
namespace {

constexpr int kSeconds = 600;

// Times of samples: an interval with jitter, and gaps.
std::vector<int64_t> Times(Dice& dice) {
  const int interval = dice.Pick({5, 10, 15, 30});
  std::vector<int64_t> times;
  for (int at = dice.Roll(40); at < kSeconds; at += interval) {
    if (dice.OneIn(12)) at += interval * (1 + dice.Roll(6));
    times.push_back(1000 * std::min<int64_t>(kSeconds, at + dice.Roll(std::min(interval, 3))));
  }
  times.erase(std::unique(times.begin(), times.end()), times.end());
  return times;
}

double Odd(Dice& dice) {
  return dice.Pick({std::nan(""), std::nan(""), std::numeric_limits<double>::infinity(),
                    -std::numeric_limits<double>::infinity(), 0.0, -0.0});
}

// Quarters, so that sums and products of a few are exact.
std::vector<Sample> Gauge(Dice& dice, bool odd) {
  std::vector<Sample> samples;
  for (const int64_t at_ms : Times(dice)) {
    const double value = odd && dice.OneIn(3) ? Odd(dice) : (dice.Roll(400) - 150) / 4.0;
    samples.push_back({at_ms, value, nullptr});
  }
  return samples;
}

std::vector<Sample> Counter(Dice& dice, const std::vector<int64_t>& times) {
  std::vector<Sample> samples;
  double value = dice.Roll(50);
  for (const int64_t at_ms : times) {
    value = dice.OneIn(15) ? dice.Roll(5) : value + dice.Roll(20) * (dice.OneIn(4) ? 0 : 1);
    samples.push_back({at_ms, value, nullptr});
  }
  return samples;
}

// Observations since the beginning, in buckets that do not change.
struct Shape {
  bool custom;
  int schema;
  double zero_threshold;
  std::vector<double> bounds;
};

void Observe(Dice& dice, Hist& hist) {
  const int count = 1 + dice.Roll(4);
  // From the first bucket that lies beyond any zero bucket.
  const int index = hist.custom ? dice.Roll(static_cast<int>(hist.bounds.size()) + 1)
                                : dice.Roll(7) - (hist.schema < 0 ? 0 : 1);
  hist.count += count;
  if (!hist.custom && dice.OneIn(5)) {
    hist.zero_count += count;
  } else if (!hist.custom && dice.OneIn(3)) {
    hist.negative[index] += count;
    hist.sum -= count * 2.5;
  } else {
    hist.positive[index] += count;
    hist.sum += count * 1.75;
  }
}

Hist Empty(const Shape& shape) {
  Hist hist;
  hist.custom = shape.custom;
  hist.schema = shape.schema;
  hist.zero_threshold = shape.zero_threshold;
  hist.bounds = shape.bounds;
  return hist;
}

std::vector<Sample> Histograms(Dice& dice, const Shape& shape, const std::vector<int64_t>& times) {
  std::vector<Sample> samples;
  Hist hist = Empty(shape);
  for (int i = 0; i < 4; ++i) Observe(dice, hist);
  for (const int64_t at_ms : times) {
    if (dice.OneIn(15)) hist = Empty(shape);
    for (int i = dice.Roll(4); i > 0; --i) Observe(dice, hist);
    samples.push_back({at_ms, 0, std::make_shared<Hist>(hist)});
  }
  return samples;
}

// Most counters tell since when they count, and tell it anew where they began anew.
void AddStarts(Dice& dice, std::vector<Sample>& samples) {
  int64_t start_ms = samples.empty() ? 0 : samples[0].at_ms - 1000 * (1 + dice.Roll(60));
  for (size_t i = 0; i < samples.size(); ++i) {
    if (i > 0 && dice.OneIn(12)) start_ms = samples[i - 1].at_ms + 1000 * dice.Roll(5);
    samples[i].start_ms = start_ms > 0 && !dice.OneIn(20) ? start_ms : 0;
  }
}

void AddStaleness(Dice& dice, std::vector<Sample>& samples) {
  for (Sample& sample : samples) {
    if (dice.OneIn(30)) sample.stale = true;
  }
}

Labels LabelsOf(const std::string& name, const std::string& a, const std::string& b) {
  return {{"__name__", name}, {"a", a}, {"b", b}};
}

void AddFloats(Dice& dice, Database& database) {
  for (const char* a : {"1", "2"}) {
    for (const char* b : {"x", "y"}) {
      if (!dice.OneIn(5)) database.push_back({LabelsOf("g", a, b), Gauge(dice, false)});
      if (!dice.OneIn(5))
        database.push_back({LabelsOf("c_total", a, b), Counter(dice, Times(dice))});
    }
    database.push_back({{{"__name__", "h"}, {"a", a}}, Gauge(dice, true)});
    database.push_back(
        {{{"__name__", "i"}, {"a", a}, {"i", std::string("v") + a}}, Gauge(dice, false)});
  }
}

// What is measured on two machines, and what is known of these; one of them was replaced halfway.
void AddInfos(Dice& dice, Database& database) {
  for (const char* instance : {"p", "q"}) {
    const auto about = [&](const std::string& name, Labels more) {
      more.merge(Labels{{"__name__", name}, {"instance", instance}, {"job", "j"}});
      return more;
    };
    database.push_back({about("m", {{"a", "1"}}), Gauge(dice, false)});
    std::vector<Sample> times = Gauge(dice, false);
    for (Sample& sample : times) sample.value = 1;
    const auto half = times.begin() + static_cast<ptrdiff_t>(times.size() / 2);
    database.push_back(
        {about("target_info", {{"data", "old"}, {"a", "9"}}), {times.begin(), half}});
    database.push_back({about("target_info", {{"data", "new"}}), {half, times.end()}});
    if (!dice.OneIn(3)) database.push_back({about("build_info", {{"build", "7"}}), times});
  }
}

// Counts that do not fall from bucket to bucket, all at the same times.
void AddClassic(Dice& dice, Database& database) {
  const std::vector<int64_t> times = Times(dice);
  std::vector<Sample> below;
  for (const char* bound : {"0.1", "1", "10", "+Inf"}) {
    std::vector<Sample> bucket = Counter(dice, times);
    for (size_t i = 0; i < below.size(); ++i) bucket[i].value += below[i].value;
    database.push_back({{{"__name__", "b_bucket"}, {"le", bound}}, bucket});
    below = bucket;
  }
}

void AddHistograms(Dice& dice, Database& database) {
  const int schema = dice.Roll(3);
  const double threshold = dice.Pick({0.001, 0.0, 0.25});
  for (const char* a : {"1", "2"}) {
    const Shape shape{false, schema - dice.Roll(2), dice.OneIn(4) ? 0.01 : threshold, {}};
    database.push_back({{{"__name__", "n"}, {"a", a}}, Histograms(dice, shape, Times(dice))});
    std::vector<double> bounds = {1, 2, 5};
    if (dice.OneIn(3)) bounds = {2, 5, 8, 10};
    database.push_back(
        {{{"__name__", "u"}, {"a", a}}, Histograms(dice, {true, 0, 0, bounds}, Times(dice))});
  }
  // One that changes from floats to histograms.
  std::vector<int64_t> times = Times(dice);
  const auto half = times.begin() + static_cast<ptrdiff_t>(times.size() / 2);
  std::vector<Sample> mixed = Counter(dice, {times.begin(), half});
  for (Sample& sample : Histograms(dice, {false, schema, threshold, {}}, {half, times.end()}))
    mixed.push_back(sample);
  database.push_back({{{"__name__", "x"}, {"a", "1"}}, mixed});
}

}  // namespace

Database RandomDatabase(Dice& dice) {
  Database database;
  AddFloats(dice, database);
  AddClassic(dice, database);
  AddHistograms(dice, database);
  AddInfos(dice, database);
  for (Series& series : database) {
    const std::string& name = series.labels["__name__"];
    if ((name == "c_total" || name == "n" || name == "u") && dice.OneIn(3))
      AddStarts(dice, series.samples);
    if (dice.OneIn(3)) AddStaleness(dice, series.samples);
  }
  return database;
}

}  // namespace narthex::naive
