// Where a collector puts its samples: a thin, short-worded view of one exposition.
//
//   sink.Gauge("node_load1", "Load average over 1 minute.", load.one);
//   Family& bytes = sink.CounterFamily("node_disk_read_bytes_total", "Bytes read.");
//   for (const Disk& disk : disks) bytes.Sample({{"device", disk.name}}, disk.read_bytes);
#ifndef NARTHEX_EXPORTERS_KIT_METRIC_SINK_H_
#define NARTHEX_EXPORTERS_KIT_METRIC_SINK_H_

#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

#include "common/openmetrics/writer.h"
#include "common/status/status.h"

namespace narthex::exporters {

using openmetrics::Family;

// Use from one thread. References to families live as long as the exposition.
// What went wrong without failing the collector is told by Complain(); it comes into the log.
class MetricSink {
 public:
  explicit MetricSink(openmetrics::ExpositionWriter& writer) : writer_(writer) {}

  void Gauge(std::string_view name, std::string_view help, double value,
             std::initializer_list<Label> labels = {}) {
    GaugeFamily(name, help).Sample(labels, value);
  }
  void Counter(std::string_view name, std::string_view help, double value,
               std::initializer_list<Label> labels = {}) {
    CounterFamily(name, help).Sample(labels, value);
  }

  void Complain(Status complaint) {
    if (complaints_.size() < kMaxComplaints) complaints_.push_back(std::move(complaint));
  }
  const std::vector<Status>& complaints() const { return complaints_; }
  void ForgetComplaints() { complaints_.clear(); }

  Family& GaugeFamily(std::string_view name, std::string_view help) {
    return writer_.Add(name, openmetrics::Type::kGauge, help);
  }
  Family& CounterFamily(std::string_view name, std::string_view help) {
    return writer_.Add(name, openmetrics::Type::kCounter, help);
  }
  Family& AnyFamily(std::string_view name, openmetrics::Type type, std::string_view help) {
    return writer_.Add(name, type, help);
  }

 private:
  static constexpr size_t kMaxComplaints = 20;  // a line of the log each

  openmetrics::ExpositionWriter& writer_;
  std::vector<Status> complaints_;
};

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_METRIC_SINK_H_
