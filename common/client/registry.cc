#include "common/client/registry.h"

#include <algorithm>
#include <cassert>

#include "common/bytes/numbers.h"

namespace narthex {
namespace {

void AtomicAdd(std::atomic<double>& target, double amount) {
  double before = target.load(std::memory_order_relaxed);
  while (!target.compare_exchange_weak(before, before + amount, std::memory_order_relaxed)) {
  }
}

}  // namespace

void Counter::Add(double amount) {
  assert(amount >= 0);
  AtomicAdd(value_, amount);
}

void Gauge::Add(double amount) { AtomicAdd(value_, amount); }

Histogram::Histogram(std::vector<double> upper_bounds)
    : upper_bounds_(std::move(upper_bounds)),
      counts_(std::make_unique<std::atomic<uint64_t>[]>(upper_bounds_.size() + 1)) {
  assert(std::is_sorted(upper_bounds_.begin(), upper_bounds_.end()));
}

void Histogram::Observe(double value) {
  const auto bucket = std::lower_bound(upper_bounds_.begin(), upper_bounds_.end(), value);
  const auto index = static_cast<size_t>(bucket - upper_bounds_.begin());
  counts_[index].fetch_add(1, std::memory_order_relaxed);
  AtomicAdd(sum_, value);
}

void Histogram::WriteTo(openmetrics::Family& family, const std::vector<Label>& labels) const {
  std::vector<Label> with_bound = labels;
  with_bound.push_back({"le", ""});
  uint64_t cumulative = 0;
  for (size_t i = 0; i <= upper_bounds_.size(); ++i) {
    cumulative += counts_[i].load(std::memory_order_relaxed);
    const std::string bound =
        i < upper_bounds_.size() ? ExpositionDouble(upper_bounds_[i]) : "+Inf";
    with_bound.back().value = bound;
    family.Sample("_bucket", with_bound.data(), with_bound.size(), static_cast<double>(cumulative));
  }
  family.Sample("_sum", labels.data(), labels.size(), sum_.load(std::memory_order_relaxed));
  family.Sample("_count", labels.data(), labels.size(), static_cast<double>(cumulative));
}

CounterFamily::CounterFamily(std::string name, std::string help,
                             std::vector<std::string> label_names)
    : name_(std::move(name)), help_(std::move(help)), label_names_(std::move(label_names)) {}

Counter& CounterFamily::With(std::initializer_list<std::string_view> values) {
  assert(values.size() == label_names_.size());
  const std::lock_guard lock(mutex_);
  auto& counter = counters_[std::vector<std::string>(values.begin(), values.end())];
  if (!counter) counter = std::make_unique<Counter>();
  return *counter;
}

void CounterFamily::Write(openmetrics::ExpositionWriter& writer) const {
  auto& family = writer.Add(name_, openmetrics::Type::kCounter, help_);
  const std::lock_guard lock(mutex_);
  for (const auto& [values, counter] : counters_) {
    std::vector<Label> labels;
    for (size_t i = 0; i < values.size(); ++i) labels.push_back({label_names_[i], values[i]});
    family.Sample("", labels.data(), labels.size(), counter->value());
  }
}

template <typename T>
T& Registry::Keep(std::shared_ptr<T> metric, Writer write) {
  T& kept = *metric;
  const std::lock_guard lock(mutex_);
  metrics_.push_back(std::move(metric));
  writers_.push_back(std::move(write));
  return kept;
}

Counter& Registry::AddCounter(std::string name, std::string help) {
  auto counter = std::make_shared<Counter>();
  return Keep(counter, [at = counter.get(), name = std::move(name),
                        help = std::move(help)](openmetrics::ExpositionWriter& writer) {
    writer.Add(name, openmetrics::Type::kCounter, help).Sample({}, at->value());
  });
}

Gauge& Registry::AddGauge(std::string name, std::string help) {
  auto gauge = std::make_shared<Gauge>();
  return Keep(gauge, [at = gauge.get(), name = std::move(name),
                      help = std::move(help)](openmetrics::ExpositionWriter& writer) {
    writer.Add(name, openmetrics::Type::kGauge, help).Sample({}, at->value());
  });
}

Histogram& Registry::AddHistogram(std::string name, std::string help,
                                  std::vector<double> upper_bounds) {
  auto histogram = std::make_shared<Histogram>(std::move(upper_bounds));
  return Keep(histogram, [at = histogram.get(), name = std::move(name),
                          help = std::move(help)](openmetrics::ExpositionWriter& writer) {
    at->WriteTo(writer.Add(name, openmetrics::Type::kHistogram, help), {});
  });
}

CounterFamily& Registry::AddCounterFamily(std::string name, std::string help,
                                          std::vector<std::string> label_names) {
  auto family =
      std::make_shared<CounterFamily>(std::move(name), std::move(help), std::move(label_names));
  return Keep(family,
              [at = family.get()](openmetrics::ExpositionWriter& writer) { at->Write(writer); });
}

void Registry::AddComputed(Writer write) {
  const std::lock_guard lock(mutex_);
  writers_.push_back(std::move(write));
}

void Registry::Write(openmetrics::ExpositionWriter& writer) const {
  const std::lock_guard lock(mutex_);
  for (const Writer& write : writers_) write(writer);
}

}  // namespace narthex
