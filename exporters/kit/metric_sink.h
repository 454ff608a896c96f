// Where a collector puts its samples: a thin, short-worded view of one exposition.
//
//   sink.Gauge("node_load1", "Load average over 1 minute.", load.one);
//   Family& bytes = sink.CounterFamily("node_disk_read_bytes_total", "Bytes read.");
//   for (const Disk& disk : disks) bytes.Sample({{"device", disk.name}}, disk.read_bytes);
#ifndef NARTHEX_EXPORTERS_KIT_METRIC_SINK_H_
#define NARTHEX_EXPORTERS_KIT_METRIC_SINK_H_

#include <initializer_list>
#include <string_view>

#include "common/openmetrics/writer.h"

namespace narthex::exporters {

using openmetrics::Family;

// Use from one thread. References to families live as long as the exposition.
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

  Family& GaugeFamily(std::string_view name, std::string_view help) {
    return writer_.Add(name, openmetrics::Type::kGauge, help);
  }
  Family& CounterFamily(std::string_view name, std::string_view help) {
    return writer_.Add(name, openmetrics::Type::kCounter, help);
  }

 private:
  openmetrics::ExpositionWriter& writer_;
};

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_METRIC_SINK_H_
