// Where the metrics of one container go: each sample gets the container's labels.
#ifndef NARTHEX_EXPORTERS_CONTAINER_CONTAINER_SINK_H_
#define NARTHEX_EXPORTERS_CONTAINER_CONTAINER_SINK_H_

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "common/labels/label_set.h"
#include "exporters/kit/metric_sink.h"

namespace narthex::exporters {

class ContainerSink {
 public:
  // `labels` are sorted by name, and outlive the sink.
  ContainerSink(MetricSink& sink, const std::vector<Label>& labels) : sink_(sink), labels_(labels) {
    all_.reserve(labels.size() + 4);
  }

  void Gauge(std::string_view name, std::string_view help, double value,
             std::initializer_list<Label> more = {}) {
    Sample(sink_.GaugeFamily(name, help), value, more);
  }
  void Counter(std::string_view name, std::string_view help, double value,
               std::initializer_list<Label> more = {}) {
    Sample(sink_.CounterFamily(name, help), value, more);
  }
  // Of what the kernel may not tell.
  void Gauge(std::string_view name, std::string_view help, const std::optional<double>& value) {
    if (value) Gauge(name, help, *value);
  }
  void Counter(std::string_view name, std::string_view help, const std::optional<double>& value) {
    if (value) Counter(name, help, *value);
  }

 private:
  void Sample(Family& family, double value, std::initializer_list<Label> more) {
    if (more.size() == 0) return family.Sample("", labels_.data(), labels_.size(), value);
    all_.assign(labels_.begin(), labels_.end());
    for (const Label& label : more) {
      const auto place =
          std::lower_bound(all_.begin(), all_.end(), label.name,
                           [](const Label& a, std::string_view b) { return a.name < b; });
      all_.insert(place, label);
    }
    family.Sample("", all_.data(), all_.size(), value);
  }

  MetricSink& sink_;
  const std::vector<Label>& labels_;
  std::vector<Label> all_;
};

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_CONTAINER_CONTAINER_SINK_H_
