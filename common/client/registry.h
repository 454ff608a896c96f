// The metrics of a program about itself. Declare each once, keep the reference, update from any
// thread; Registry::Write puts all of them into an exposition.
//
//   Registry registry;
//   Counter& pushes = registry.AddCounter("app_pushes_total", "Pushes received.");
//   pushes.Add();
//   registry.AddComputed([&](openmetrics::ExpositionWriter& out) {
//     out.Add("app_queue_length", openmetrics::Type::kGauge, "Jobs waiting.").Sample({},
//     queue.size());
//   });
//
// Metrics live as long as their registry; what AddComputed calls must live as long as anybody calls
// Write(). Safe from many threads.
#ifndef NARTHEX_COMMON_CLIENT_REGISTRY_H_
#define NARTHEX_COMMON_CLIENT_REGISTRY_H_

#include <atomic>
#include <cassert>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "common/client/summary.h"
#include "common/openmetrics/writer.h"

namespace narthex {

// A total that only grows.
class Counter {
 public:
  void Add(double amount = 1);  // amount >= 0
  double value() const { return value_.load(std::memory_order_relaxed); }
  void WriteTo(openmetrics::Family& family, const std::vector<Label>& labels) const;

 private:
  std::atomic<double> value_{0};
};

// A number that goes up and down.
class Gauge {
 public:
  void Set(double value) { value_.store(value, std::memory_order_relaxed); }
  void Add(double amount);
  void WriteTo(openmetrics::Family& family, const std::vector<Label>& labels) const;
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

// Observations counted into cumulative buckets with these upper bounds, ascending, and +Inf.
class Histogram {
 public:
  explicit Histogram(std::vector<double> upper_bounds);

  void Observe(double value);
  void WriteTo(openmetrics::Family& family, const std::vector<Label>& labels) const;

 private:
  std::vector<double> upper_bounds_;
  std::unique_ptr<std::atomic<uint64_t>[]> counts_;  // one a bucket, not cumulative
  std::atomic<double> sum_{0};
};

// Metrics that differ in label values. Keep what With() returned where calls are frequent.
template <typename Metric>
class MetricFamily {
 public:
  using Make = std::function<std::unique_ptr<Metric>()>;

  MetricFamily(std::vector<std::string> label_names, Make make)
      : label_names_(std::move(label_names)), make_(std::move(make)) {}

  // One value per label name, in their order.
  Metric& With(std::initializer_list<std::string_view> values) {
    assert(values.size() == label_names_.size());
    const std::lock_guard<std::mutex> lock(mutex_);
    auto& metric = metrics_[std::vector<std::string>(values.begin(), values.end())];
    if (!metric) metric = make_();
    return *metric;
  }
  void WriteTo(openmetrics::Family& family) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [values, metric] : metrics_) {
      std::vector<Label> labels;
      for (size_t i = 0; i < values.size(); ++i) labels.push_back({label_names_[i], values[i]});
      metric->WriteTo(family, labels);
    }
  }

 private:
  const std::vector<std::string> label_names_;
  const Make make_;
  mutable std::mutex mutex_;
  std::map<std::vector<std::string>, std::unique_ptr<Metric>> metrics_;
};

using CounterFamily = MetricFamily<Counter>;
using HistogramFamily = MetricFamily<Histogram>;
using SummaryFamily = MetricFamily<Summary>;

class Registry {
 public:
  using Writer = std::function<void(openmetrics::ExpositionWriter&)>;

  Counter& AddCounter(std::string name, std::string help);
  Gauge& AddGauge(std::string name, std::string help);
  Histogram& AddHistogram(std::string name, std::string help, std::vector<double> upper_bounds);
  Summary& AddSummary(std::string name, std::string help, std::vector<double> quantiles);
  CounterFamily& AddCounterFamily(std::string name, std::string help,
                                  std::vector<std::string> label_names);
  HistogramFamily& AddHistogramFamily(std::string name, std::string help,
                                      std::vector<std::string> label_names,
                                      std::vector<double> upper_bounds);
  SummaryFamily& AddSummaryFamily(std::string name, std::string help,
                                  std::vector<std::string> label_names,
                                  std::vector<double> quantiles);
  // Calls `write` at each exposition, for values that are computed when asked for.
  void AddComputed(Writer write);

  void Write(openmetrics::ExpositionWriter& writer) const;

 private:
  template <typename T>
  T& Keep(std::shared_ptr<T> metric, Writer write);
  template <typename T>
  T& KeepAlone(std::shared_ptr<T> metric, openmetrics::Type type, std::string name,
               std::string help);
  template <typename T>
  T& KeepFamily(std::shared_ptr<T> metrics, openmetrics::Type type, std::string name,
                std::string help);

  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<void>> metrics_;
  std::vector<Writer> writers_;
};

// Adds process_cpu_seconds_total, process_resident_memory_bytes, process_open_fds and the others
// that the field's client libraries show, read from /proc/self at each exposition; and
// PROGRAM_build_info with our version.
void AddProcessMetrics(Registry& registry, std::string_view program);

// Our own version, "0.1.0".
std::string_view Version();

}  // namespace narthex

#endif  // NARTHEX_COMMON_CLIENT_REGISTRY_H_
