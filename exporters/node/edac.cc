// Errors of memory that were corrected or not, from /sys/devices/system/edac/mc; see the kernel's
// Documentation/admin-guide/RAS/main.rst.
#include <algorithm>

#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

constexpr const char* kFolder = "devices/system/edac/mc";

class EdacCollector : public Collector {
 public:
  explicit EdacCollector(const Directory& sys) : sys_(sys) {}

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::vector<std::string> controllers, ListNumbered(sys_, kFolder, "mc"));
    for (const std::string& controller : controllers)
      RETURN_IF_ERROR(CollectController(controller.substr(2), sink));
    return {};
  }

 private:
  Status CollectController(const std::string& controller, MetricSink& sink) const {
    const std::string folder = std::string(kFolder) + "/mc" + controller;
    ASSIGN_OR_RETURN(const double corrected, ReadNumber(sys_, folder + "/ce_count"));
    ASSIGN_OR_RETURN(const double uncorrected, ReadNumber(sys_, folder + "/ue_count"));
    sink.Counter("node_edac_correctable_errors_total", "Errors of memory that were corrected.",
                 corrected, {{"controller", controller}});
    sink.Counter("node_edac_uncorrectable_errors_total",
                 "Errors of memory that could not be corrected.", uncorrected,
                 {{"controller", controller}});
    RETURN_IF_ERROR(CollectRow(controller, "unknown", folder + "/ce_noinfo_count",
                               folder + "/ue_noinfo_count", sink));
    ASSIGN_OR_RETURN(const std::vector<std::string> rows, ListNumbered(sys_, folder, "csrow"));
    for (const std::string& row : rows) {
      const std::string number = row.substr(5);
      const std::string row_folder = folder + "/" + row;
      RETURN_IF_ERROR(
          CollectRow(controller, number, row_folder + "/ce_count", row_folder + "/ue_count", sink));
      RETURN_IF_ERROR(CollectChannels(controller, number, row_folder, sink));
    }
    return {};
  }

  Status CollectRow(const std::string& controller, const std::string& row,
                    const std::string& corrected_file, const std::string& uncorrected_file,
                    MetricSink& sink) const {
    ASSIGN_OR_RETURN(const double corrected, ReadNumber(sys_, corrected_file));
    ASSIGN_OR_RETURN(const double uncorrected, ReadNumber(sys_, uncorrected_file));
    sink.Counter("node_edac_csrow_correctable_errors_total",
                 "Errors of a row of memory that were corrected.", corrected,
                 {{"controller", controller}, {"csrow", row}});
    sink.Counter("node_edac_csrow_uncorrectable_errors_total",
                 "Errors of a row of memory that could not be corrected.", uncorrected,
                 {{"controller", controller}, {"csrow", row}});
    return {};
  }

  Status CollectChannels(const std::string& controller, const std::string& row,
                         const std::string& folder, MetricSink& sink) const {
    ASSIGN_OR_RETURN(const std::vector<std::string> entries, ListNumbered(sys_, folder, "ch"));
    for (const std::string& entry : entries) {
      const size_t end = entry.find("_ce_count");
      if (end == std::string::npos || end + 9 != entry.size()) continue;
      const std::string channel = entry.substr(2, end - 2);
      const std::string dimm = DimmLabel(folder + "/ch" + channel + "_dimm_label");
      ASSIGN_OR_RETURN(const double corrected, ReadNumber(sys_, folder + "/" + entry));
      sink.Counter(
          "node_edac_channel_correctable_errors_total",
          "Errors of a channel of memory that were corrected.", corrected,
          {{"controller", controller}, {"csrow", row}, {"channel", channel}, {"dimm_label", dimm}});
      if (const auto uncorrected = FindNumber(sys_, folder + "/ch" + channel + "_ue_count")) {
        sink.Counter("node_edac_channel_uncorrectable_errors_total",
                     "Errors of a channel of memory that could not be corrected.", *uncorrected,
                     {{"controller", controller},
                      {"csrow", row},
                      {"channel", channel},
                      {"dimm_label", dimm}});
      }
    }
    return {};
  }

  // As the kernel tells it by default, mc#0csrow#1channel#0, but fit for reading.
  std::string DimmLabel(const std::string& path) const {
    const auto label = FindValue(sys_, path);
    if (!label) return "unknown";
    std::string fit = *label;
    fit.erase(std::remove(fit.begin(), fit.end(), '#'), fit.end());
    for (const char* part : {"csrow", "channel"}) {
      const size_t at = fit.find(part);
      if (at != std::string::npos) fit.insert(at, "_");
    }
    return fit;
  }

  const Directory& sys_;
};

}  // namespace

std::unique_ptr<Collector> NewEdacCollector(const SystemPaths& paths) {
  return std::make_unique<EdacCollector>(paths.sys);
}

}  // namespace narthex::exporters
