// Values of /proc/sys that flags choose, see sysctl(8). A value may be several numbers or words.
#include <set>

#include "exporters/kit/text_fields.h"
#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

// "fs.file-nr:total,current,max": a name, and names for its values.
struct Sysctl {
  std::string name;
  std::vector<std::string> keys;
};

// What of a name can be part of a metric's.
std::string MetricPart(std::string name) {
  for (char& c : name) {
    const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!fits) c = '_';
  }
  return name;
}

// Dots stand between folders; a slash stands for a dot in a folder's name.
std::string PathOf(const std::string& name) {
  std::string path = "sys/" + name;
  for (size_t i = 4; i < path.size(); ++i) {
    if (path[i] == '.') {
      path[i] = '/';
    } else if (path[i] == '/') {
      path[i] = '.';
    }
  }
  return path;
}

class SysctlCollector : public Collector {
 public:
  explicit SysctlCollector(const Directory& proc) : proc_(proc) {}

  void AddFlags(cli::Flags& flags) override {
    flags.Add("collector.sysctl.include", &numeric_,
              "Show this value, a number or several. Names behind a colon, one a number, make a "
              "metric of each.",
              "NAME[:KEY,…]");
    flags.Add("collector.sysctl.include-info", &texts_,
              "Show this value as a label, one series a word.", "NAME");
  }

  Status Prepare() override {
    for (const std::string& flag : numeric_) {
      const size_t colon = flag.find(':');
      Sysctl chosen{flag.substr(0, colon), {}};
      std::string_view rest = colon == std::string::npos ? std::string_view()
                                                         : std::string_view(flag).substr(colon + 1);
      while (!rest.empty()) {
        const std::string_view key = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(rest.size(), key.size() + 1));
        chosen.keys.emplace_back(key);
      }
      chosen_.push_back(std::move(chosen));
    }
    for (const Sysctl& one : chosen_) RETURN_IF_ERROR(Check(one.name));
    for (const std::string& text : texts_) RETURN_IF_ERROR(Check(text));
    return {};
  }

  Status Collect(MetricSink& sink) override {
    for (const Sysctl& one : chosen_) RETURN_IF_ERROR(CollectNumbers(one, sink));
    for (const std::string& name : texts_) {
      ASSIGN_OR_RETURN(const std::string text, ReadValue(proc_, PathOf(name)));
      FieldReader words(text);
      size_t index = 0;
      while (const auto word = words.Next()) {
        sink.Gauge("node_sysctl_info", "Constant 1, with a word of a value of /proc/sys.", 1,
                   {{"name", name}, {"value", *word}, {"index", std::to_string(index++)}});
      }
    }
    return {};
  }

 private:
  // The name comes from a flag and becomes a path: it stays below /proc/sys.
  static Status Check(const std::string& name) {
    const std::string path = PathOf(name);
    if (name.empty() || path.find("..") != std::string::npos)
      return InvalidArgument("flag --collector.sysctl.include: no name of a value: ", Quote(name));
    return {};
  }

  Status CollectNumbers(const Sysctl& one, MetricSink& sink) const {
    ASSIGN_OR_RETURN(const std::string text, ReadValue(proc_, PathOf(one.name)));
    std::vector<double> values;
    FieldReader fields(text);
    while (const auto field = fields.Next()) {
      const auto value = ParseInteger(*field);
      if (!value) return Corruption("sysctl ", one.name, ": want numbers, got ", Quote(text));
      values.push_back(static_cast<double>(*value));
    }
    if (!one.keys.empty() && one.keys.size() != values.size())
      return Corruption("sysctl ", one.name, ": the flag names ", std::to_string(one.keys.size()),
                        " numbers, there are ", std::to_string(values.size()));
    const std::string metric = "node_sysctl_" + MetricPart(one.name);
    for (size_t i = 0; i < values.size(); ++i) {
      const bool keyed = !one.keys.empty();
      const bool several = !keyed && values.size() > 1;
      Family& family =
          sink.AnyFamily(keyed ? metric + "_" + MetricPart(one.keys[i]) : metric,
                         openmetrics::Type::kUnknown, "Value of sysctl " + one.name + ".");
      const std::string index = std::to_string(i);
      const Label label{"index", index};
      family.Sample("", &label, several ? 1 : 0, values[i]);
    }
    return {};
  }

  const Directory& proc_;
  std::vector<std::string> numeric_;
  std::vector<std::string> texts_;
  std::vector<Sysctl> chosen_;
};

}  // namespace

std::unique_ptr<Collector> NewSysctlCollector(const SystemPaths& paths) {
  return std::make_unique<SysctlCollector>(paths.proc);
}

}  // namespace narthex::exporters
