#include "common/client/registry.h"

#include <algorithm>

#include "common/bytes/numbers.h"

namespace narthex {

using openmetrics::Type;

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

void Counter::WriteTo(openmetrics::Family& family, const std::vector<Label>& labels) const {
  family.Sample("", labels.data(), labels.size(), value());
}

void Gauge::Add(double amount) { AtomicAdd(value_, amount); }

void Gauge::WriteTo(openmetrics::Family& family, const std::vector<Label>& labels) const {
  family.Sample("", labels.data(), labels.size(), value());
}

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

template <typename T>
T& Registry::Keep(std::shared_ptr<T> metric, Writer write) {
  T& kept = *metric;
  const std::lock_guard lock(mutex_);
  metrics_.push_back(std::move(metric));
  writers_.push_back(std::move(write));
  return kept;
}

// One metric under its name.
template <typename T>
T& Registry::KeepAlone(std::shared_ptr<T> metric, openmetrics::Type type, std::string name,
                       std::string help) {
  return Keep(metric, [at = metric.get(), type, name = std::move(name),
                       help = std::move(help)](openmetrics::ExpositionWriter& writer) {
    at->WriteTo(writer.Add(name, type, help), {});
  });
}

template <typename T>
T& Registry::KeepFamily(std::shared_ptr<T> metrics, openmetrics::Type type, std::string name,
                        std::string help) {
  return Keep(metrics, [at = metrics.get(), type, name = std::move(name),
                        help = std::move(help)](openmetrics::ExpositionWriter& writer) {
    at->WriteTo(writer.Add(name, type, help));
  });
}

Counter& Registry::AddCounter(std::string name, std::string help) {
  return KeepAlone(std::make_shared<Counter>(), Type::kCounter, std::move(name), std::move(help));
}

Gauge& Registry::AddGauge(std::string name, std::string help) {
  return KeepAlone(std::make_shared<Gauge>(), Type::kGauge, std::move(name), std::move(help));
}

Histogram& Registry::AddHistogram(std::string name, std::string help,
                                  std::vector<double> upper_bounds) {
  return KeepAlone(std::make_shared<Histogram>(std::move(upper_bounds)), Type::kHistogram,
                   std::move(name), std::move(help));
}

Summary& Registry::AddSummary(std::string name, std::string help, std::vector<double> quantiles) {
  return KeepAlone(std::make_shared<Summary>(std::move(quantiles)), Type::kSummary, std::move(name),
                   std::move(help));
}

CounterFamily& Registry::AddCounterFamily(std::string name, std::string help,
                                          std::vector<std::string> label_names) {
  return KeepFamily(std::make_shared<CounterFamily>(std::move(label_names),
                                                    [] { return std::make_unique<Counter>(); }),
                    Type::kCounter, std::move(name), std::move(help));
}

HistogramFamily& Registry::AddHistogramFamily(std::string name, std::string help,
                                              std::vector<std::string> label_names,
                                              std::vector<double> upper_bounds) {
  auto make = [bounds = std::move(upper_bounds)] { return std::make_unique<Histogram>(bounds); };
  return KeepFamily(std::make_shared<HistogramFamily>(std::move(label_names), std::move(make)),
                    Type::kHistogram, std::move(name), std::move(help));
}

SummaryFamily& Registry::AddSummaryFamily(std::string name, std::string help,
                                          std::vector<std::string> label_names,
                                          std::vector<double> quantiles) {
  auto make = [quantiles = std::move(quantiles)] { return std::make_unique<Summary>(quantiles); };
  return KeepFamily(std::make_shared<SummaryFamily>(std::move(label_names), std::move(make)),
                    Type::kSummary, std::move(name), std::move(help));
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
