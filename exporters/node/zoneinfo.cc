#include "exporters/node/zoneinfo.h"

#include <algorithm>

#include "exporters/kit/text_fields.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

using openmetrics::Type;

struct ZoneField {
  std::string_view field;
  const char* name;
  Type type;
};
constexpr ZoneField kFields[] = {
    {"high", "node_zoneinfo_high_pages", Type::kGauge},
    {"low", "node_zoneinfo_low_pages", Type::kGauge},
    {"managed", "node_zoneinfo_managed_pages", Type::kGauge},
    {"min", "node_zoneinfo_min_pages", Type::kGauge},
    {"nr_active_anon", "node_zoneinfo_nr_active_anon_pages", Type::kGauge},
    {"nr_active_file", "node_zoneinfo_nr_active_file_pages", Type::kGauge},
    {"nr_anon_pages", "node_zoneinfo_nr_anon_pages", Type::kGauge},
    {"nr_anon_transparent_hugepages", "node_zoneinfo_nr_anon_transparent_hugepages", Type::kGauge},
    {"nr_dirtied", "node_zoneinfo_nr_dirtied_total", Type::kCounter},
    {"nr_dirty", "node_zoneinfo_nr_dirty_pages", Type::kGauge},
    {"nr_file_pages", "node_zoneinfo_nr_file_pages", Type::kGauge},
    {"nr_free_pages", "node_zoneinfo_nr_free_pages", Type::kGauge},
    {"nr_inactive_anon", "node_zoneinfo_nr_inactive_anon_pages", Type::kGauge},
    {"nr_inactive_file", "node_zoneinfo_nr_inactive_file_pages", Type::kGauge},
    {"nr_isolated_anon", "node_zoneinfo_nr_isolated_anon_pages", Type::kGauge},
    {"nr_isolated_file", "node_zoneinfo_nr_isolated_file_pages", Type::kGauge},
    {"nr_kernel_stack", "node_zoneinfo_nr_kernel_stacks", Type::kGauge},
    {"nr_mapped", "node_zoneinfo_nr_mapped_pages", Type::kGauge},
    {"nr_mlock_stack", "node_zoneinfo_nr_mlock_stack_pages", Type::kGauge},
    {"nr_shmem", "node_zoneinfo_nr_shmem_pages", Type::kGauge},
    {"nr_slab_reclaimable", "node_zoneinfo_nr_slab_reclaimable_pages", Type::kGauge},
    {"nr_slab_unreclaimable", "node_zoneinfo_nr_slab_unreclaimable_pages", Type::kGauge},
    {"nr_unevictable", "node_zoneinfo_nr_unevictable_pages", Type::kGauge},
    {"nr_writeback", "node_zoneinfo_nr_writeback_pages", Type::kGauge},
    {"nr_written", "node_zoneinfo_nr_written_total", Type::kCounter},
    {"numa_foreign", "node_zoneinfo_numa_foreign_total", Type::kCounter},
    {"numa_hit", "node_zoneinfo_numa_hit_total", Type::kCounter},
    {"numa_interleave", "node_zoneinfo_numa_interleave_total", Type::kCounter},
    {"numa_local", "node_zoneinfo_numa_local_total", Type::kCounter},
    {"numa_miss", "node_zoneinfo_numa_miss_total", Type::kCounter},
    {"numa_other", "node_zoneinfo_numa_other_total", Type::kCounter},
    {"present", "node_zoneinfo_present_pages", Type::kGauge},
    {"scanned", "node_zoneinfo_scanned_pages", Type::kGauge},
    {"spanned", "node_zoneinfo_spanned_pages", Type::kGauge},
};
static_assert(std::ranges::is_sorted(kFields, {}, &ZoneField::field));

class ZoneinfoCollector : public Collector {
 public:
  explicit ZoneinfoCollector(const Directory& proc) : proc_(proc) {}

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::string text, proc_.Read("zoneinfo"));
    ASSIGN_OR_RETURN(const std::vector<MemoryZone> zones, ParseZoneinfo(text));
    for (const MemoryZone& zone : zones) Show(zone, sink);
    return {};
  }

 private:
  static void Show(const MemoryZone& zone, MetricSink& sink) {
    for (const auto& [field, value] : zone.fields) {
      const auto* row = std::ranges::lower_bound(kFields, field, {}, &ZoneField::field);
      if (row == std::end(kFields) || row->field != field) continue;
      sink.AnyFamily(row->name, row->type,
                     "Field " + std::string(field) + " of a zone in /proc/zoneinfo.")
          .Sample({{"node", zone.node}, {"zone", zone.zone}}, value);
    }
    for (size_t i = 0; i < zone.protection.size(); ++i) {
      const std::string number = std::to_string(i);
      sink.Gauge("node_zoneinfo_protection_" + number,
                 "Pages held back from requests that could use zone " + number + " too.",
                 zone.protection[i], {{"node", zone.node}, {"zone", zone.zone}});
    }
  }

  const Directory& proc_;
};

// "(0, 2039, 31932)" behind its name.
Result<std::vector<double>> ParseProtection(std::string_view line) {
  std::vector<double> values;
  FieldReader fields(line);
  fields.Next();
  while (auto field = fields.Next()) {
    if (field->front() == '(') field->remove_prefix(1);
    if (!field->empty() && (field->back() == ',' || field->back() == ')')) field->remove_suffix(1);
    const auto value = ParseUnsigned(*field);
    if (!value) return Corruption("zoneinfo: want a list of numbers, got ", Quote(line));
    values.push_back(static_cast<double>(*value));
  }
  return values;
}

}  // namespace

Result<std::vector<MemoryZone>> ParseZoneinfo(std::string_view text) {
  std::vector<MemoryZone> zones;
  LineReader lines(text);
  while (const auto line = lines.Next()) {
    FieldReader fields(*line);
    const auto name = fields.Next();
    if (!name) continue;
    if (*name == "Node") {
      auto node = fields.Next();
      const auto word = fields.Next();
      const auto zone = fields.Next();
      if (!node || node->size() < 2 || node->back() != ',' || word != "zone" || !zone)
        return Corruption("zoneinfo: want \"Node N, zone NAME\", got ", Quote(*line));
      node->remove_suffix(1);
      zones.push_back({*node, *zone, {}, {}});
      continue;
    }
    if (zones.empty()) return Corruption("zoneinfo: starts with no zone: ", Quote(*line));
    if (*name == "protection:") {
      ASSIGN_OR_RETURN(zones.back().protection, ParseProtection(*line));
    } else if (const auto value = fields.NextUnsigned(); value && !fields.Next()) {
      zones.back().Set(*name, static_cast<double>(*value));
    }
  }
  return zones;
}

std::unique_ptr<Collector> NewZoneinfoCollector(const SystemPaths& paths) {
  return std::make_unique<ZoneinfoCollector>(paths.proc);
}

}  // namespace narthex::exporters
