#include "exporters/node/interrupts.h"

#include "exporters/kit/device_filter.h"
#include "exporters/kit/text_fields.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

class InterruptsCollector : public Collector {
 public:
  explicit InterruptsCollector(const Directory& proc) : proc_(proc) {}

  void AddFlags(cli::Flags& flags) override {
    names_.AddFlags(flags);
    flags.Add("collector.interrupts.include-zeros", &with_zeros_, "Show counts of zero too.");
  }
  Status Prepare() override { return names_.Prepare(); }

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::string text, proc_.Read("interrupts"));
    ASSIGN_OR_RETURN(const std::vector<Interrupt> interrupts, ParseInterrupts(text));
    Family& total = sink.CounterFamily("node_interrupts_total", "Interrupts that a CPU serviced.");
    for (const Interrupt& one : interrupts) {
      if (!names_.Takes(std::string(one.name) + ";" + one.info + ";" + one.devices)) continue;
      for (size_t cpu = 0; cpu < one.counts.size(); ++cpu) {
        if (one.counts[cpu] == 0 && !with_zeros_) continue;
        total.Sample({{"cpu", std::to_string(cpu)},
                      {"type", one.name},
                      {"info", one.info},
                      {"devices", one.devices}},
                     one.counts[cpu]);
      }
    }
    return {};
  }

 private:
  const Directory& proc_;
  DeviceFilter names_{"collector.interrupts.name", "interrupts, as NAME;INFO;DEVICES"};
  bool with_zeros_ = true;
};

// The fields that are left, between single blanks.
std::string JoinRest(FieldReader& fields) {
  std::string joined;
  while (const auto field = fields.Next()) {
    if (!joined.empty()) joined += ' ';
    joined += *field;
  }
  return joined;
}

size_t CountFields(std::string_view line) {
  FieldReader fields(line);
  size_t count = 0;
  while (fields.Next()) ++count;
  return count;
}

}  // namespace

Result<std::vector<Interrupt>> ParseInterrupts(std::string_view text) {
  LineReader lines(text);
  const auto titles = lines.Next();
  if (!titles) return Corruption("interrupts: empty");
  const size_t cpus = CountFields(*titles);
  std::vector<Interrupt> interrupts;
  while (const auto line = lines.Next()) {
    const size_t colon = line->find(':');
    if (colon == std::string_view::npos || CountFields(line->substr(colon + 1)) <= cpus) continue;
    FieldReader name(line->substr(0, colon));
    FieldReader fields(line->substr(colon + 1));
    Interrupt one{name.Next().value_or(""), "", "", {}};
    for (size_t cpu = 0; cpu < cpus; ++cpu) {
      const auto count = fields.NextUnsigned();
      if (!count) return Corruption("interrupts: want a number for each CPU, got ", Quote(*line));
      one.counts.push_back(static_cast<double>(*count));
    }
    if (ParseUnsigned(one.name)) one.info = fields.Next().value_or("");
    (ParseUnsigned(one.name) ? one.devices : one.info) = JoinRest(fields);
    interrupts.push_back(std::move(one));
  }
  return interrupts;
}

std::unique_ptr<Collector> NewInterruptsCollector(const SystemPaths& paths) {
  return std::make_unique<InterruptsCollector>(paths.proc);
}

}  // namespace narthex::exporters
