#include "exporters/node/softirqs.h"

#include "exporters/kit/text_fields.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

class SoftirqsCollector : public Collector {
 public:
  explicit SoftirqsCollector(const Directory& proc) : proc_(proc) {}

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::string text, proc_.Read("softirqs"));
    ASSIGN_OR_RETURN(const std::vector<Softirq> softirqs, ParseSoftirqs(text));
    Family& calls =
        sink.CounterFamily("node_softirqs_functions_total", "Softirq calls on each CPU.");
    for (const Softirq& one : softirqs) {
      for (size_t cpu = 0; cpu < one.counts.size(); ++cpu)
        calls.Sample({{"cpu", std::to_string(cpu)}, {"type", one.kind}}, one.counts[cpu]);
    }
    return {};
  }

 private:
  const Directory& proc_;
};

}  // namespace

Result<std::vector<Softirq>> ParseSoftirqs(std::string_view text) {
  LineReader lines(text);
  if (!lines.Next()) return Corruption("softirqs: empty");
  std::vector<Softirq> softirqs;
  while (const auto line = lines.Next()) {
    FieldReader fields(*line);
    auto kind = fields.Next();
    if (!kind || kind->size() < 2 || kind->back() != ':')
      return Corruption("softirqs: want \"KIND: NUMBER…\", got ", Quote(*line));
    kind->remove_suffix(1);
    Softirq one{*kind, {}};
    while (const auto field = fields.Next()) {
      const auto count = ParseUnsigned(*field);
      if (!count) return Corruption("softirqs: want a number, got ", Quote(*field));
      one.counts.push_back(static_cast<double>(*count));
    }
    softirqs.push_back(std::move(one));
  }
  return softirqs;
}

std::unique_ptr<Collector> NewSoftirqsCollector(const SystemPaths& paths) {
  return std::make_unique<SoftirqsCollector>(paths.proc);
}

}  // namespace narthex::exporters
