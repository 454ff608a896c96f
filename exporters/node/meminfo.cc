#include "exporters/node/meminfo.h"

#include <algorithm>

#include "exporters/kit/text_buffer.h"
#include "exporters/kit/text_fields.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

// What node_exporter 1.12 shows. Kernels tell more, which is behind a flag.
constexpr std::string_view kDefaultFields[] = {
    "Active_anon_bytes",       "Active_bytes",         "Active_file_bytes",   "AnonHugePages_bytes",
    "AnonPages_bytes",         "Bounce_bytes",         "Buffers_bytes",       "Cached_bytes",
    "CmaFree_bytes",           "CmaTotal_bytes",       "CommitLimit_bytes",   "Committed_AS_bytes",
    "DirectMap1G_bytes",       "DirectMap2M_bytes",    "DirectMap4k_bytes",   "Dirty_bytes",
    "HardwareCorrupted_bytes", "HugePages_Free",       "HugePages_Rsvd",      "HugePages_Surp",
    "HugePages_Total",         "Hugepagesize_bytes",   "Inactive_anon_bytes", "Inactive_bytes",
    "Inactive_file_bytes",     "KernelStack_bytes",    "Mapped_bytes",        "MemAvailable_bytes",
    "MemFree_bytes",           "MemTotal_bytes",       "Mlocked_bytes",       "NFS_Unstable_bytes",
    "PageTables_bytes",        "Percpu_bytes",         "SReclaimable_bytes",  "SUnreclaim_bytes",
    "ShmemHugePages_bytes",    "ShmemPmdMapped_bytes", "Shmem_bytes",         "Slab_bytes",
    "SwapCached_bytes",        "SwapFree_bytes",       "SwapTotal_bytes",     "Unevictable_bytes",
    "VmallocChunk_bytes",      "VmallocTotal_bytes",   "VmallocUsed_bytes",   "WritebackTmp_bytes",
    "Writeback_bytes",         "Zswap_bytes",          "Zswapped_bytes"};
static_assert(std::ranges::is_sorted(kDefaultFields));

class MeminfoCollector : public Collector {
 public:
  explicit MeminfoCollector(const Directory& proc) : proc_(proc) {}

  void AddFlags(cli::Flags& flags) override {
    flags.Add("collector.meminfo.all-fields", &all_fields_,
              "Show every field that the kernel tells.");
  }

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::string text, proc_.Read("meminfo"));
    ASSIGN_OR_RETURN(const std::vector<MeminfoField> fields, ParseMeminfo(text));
    std::string part;
    TextBuffer name;
    TextBuffer help;
    for (const MeminfoField& field : fields) {
      SpellMeminfoKey(field.key, part);
      if (field.is_bytes) part += "_bytes";
      if (!all_fields_ && !std::ranges::binary_search(kDefaultFields, std::string_view(part)))
        continue;
      sink.Gauge(name.Join("node_memory_", part), help.Join("Field ", part, " of /proc/meminfo."),
                 field.value);
    }
    return {};
  }

 private:
  const Directory& proc_;
  bool all_fields_ = false;
};

}  // namespace

void SpellMeminfoKey(std::string_view key, std::string& part) {
  part.clear();
  for (char c : key) {
    if (c == ')') continue;
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    part += plain ? c : '_';
  }
}

Result<std::vector<MeminfoField>> ParseMeminfo(std::string_view text) {
  std::vector<MeminfoField> parsed;
  LineReader lines(text);
  while (const auto line = lines.Next()) {
    const size_t colon = line->find(':');
    if (colon == std::string_view::npos) {
      if (line->empty()) continue;
      return Corruption("meminfo: want a key and ':', got ", Quote(*line));
    }
    FieldReader fields(line->substr(colon + 1));
    const auto value = fields.NextDouble();
    const auto unit = fields.Next();
    if (!value || (unit && *unit != "kB"))
      return Corruption("meminfo: want a number in kB, got ", Quote(*line));
    parsed.push_back({line->substr(0, colon), *value * (unit ? 1024 : 1), unit.has_value()});
  }
  return parsed;
}

std::unique_ptr<Collector> NewMeminfoCollector(const SystemPaths& paths) {
  return std::make_unique<MeminfoCollector>(paths.proc);
}

}  // namespace narthex::exporters
