// Software RAIDs, from /proc/mdstat and /sys/block/md*/md.
#include "exporters/node/mdadm.h"

#include <algorithm>

#include "exporters/kit/text_fields.h"
#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

// What a state is called in the metrics, and by the parser.
struct RaidState {
  const char* label;
  std::string_view state;
};
constexpr RaidState kStates[] = {{"active", "active"},
                                 {"inactive", "inactive"},
                                 {"recovering", "recovering"},
                                 {"resync", "resyncing"},
                                 {"check", "checking"}};

class MdadmCollector : public Collector {
 public:
  explicit MdadmCollector(const SystemPaths& paths) : proc_(paths.proc), sys_(paths.sys) {}

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::string text, proc_.Read("mdstat"));
    ASSIGN_OR_RETURN(const std::vector<RaidDevice> devices, ParseMdstat(text));
    for (const RaidDevice& device : devices) Show(device, sink);
    const auto blocks = sys_.List("block");
    if (!blocks.ok()) return blocks.code() == Code::kNotFound ? Status() : blocks.status();
    for (const std::string& block : *blocks) {
      if (block.compare(0, 2, "md") == 0) CollectFromSysfs(block, sink);
    }
    return {};
  }

 private:
  static void Show(const RaidDevice& device, MetricSink& sink) {
    Family& disks = sink.GaugeFamily("node_md_disks", "Disks of a RAID by their state.");
    disks.Sample({{"device", device.name}, {"state", "active"}}, device.disks_active);
    disks.Sample({{"device", device.name}, {"state", "failed"}}, device.disks_failed);
    disks.Sample({{"device", device.name}, {"state", "spare"}}, device.disks_spare);
    Family& states = sink.GaugeFamily("node_md_state", "1 for the state that a RAID is in.");
    for (const RaidState& one : kStates) {
      states.Sample({{"device", device.name}, {"state", one.label}},
                    one.state == device.state ? 1 : 0);
    }
    sink.Gauge("node_md_disks_required", "Disks that a RAID wants.", device.disks_required,
               {{"device", device.name}});
    sink.Gauge("node_md_blocks", "Blocks of a RAID.", device.blocks, {{"device", device.name}});
    sink.Gauge("node_md_blocks_synced", "Blocks of a RAID that are in sync.", device.blocks_synced,
               {{"device", device.name}});
  }

  void CollectFromSysfs(const std::string& block, MetricSink& sink) const {
    const std::string folder = "block/" + block + "/md/";
    if (!FindValue(sys_, folder + "array_state")) return;
    // Containers of other RAIDs have no disks of their own. "8 (4)" while a RAID grows: the number
    // that it is to have comes first.
    const std::string level = FindValue(sys_, folder + "level").value_or("");
    const bool container =
        level.empty() || level == "container" || level == "imsm" || level == "ddf";
    const std::string text = container ? "" : FindValue(sys_, folder + "raid_disks").value_or("");
    FieldReader fields(text);
    if (const auto disks = fields.NextUnsigned()) {
      sink.Gauge("node_md_raid_disks", "Disks that a RAID is made of.", static_cast<double>(*disks),
                 {{"device", block}});
    }
    // RAIDs that cannot lose a disk have no such file.
    sink.Gauge("node_md_degraded", "Disks that a RAID lacks.",
               FindNumber(sys_, folder + "degraded").value_or(0), {{"device", block}});
  }

  const Directory& proc_;
  const Directory& sys_;
};

size_t Count(std::string_view text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// The two numbers of the first "OPEN number/number CLOSE" in a line.
std::optional<std::pair<double, double>> FindFraction(std::string_view line, char open,
                                                      char close) {
  for (size_t at = line.find(open); at != std::string_view::npos; at = line.find(open, at + 1)) {
    const size_t end = line.find(close, at);
    const std::string_view inner = line.substr(at + 1, end == line.npos ? 0 : end - at - 1);
    const size_t slash = inner.find('/');
    if (slash == std::string_view::npos) continue;
    const auto first = ParseUnsigned(inner.substr(0, slash));
    const auto second = ParseUnsigned(inner.substr(slash + 1));
    if (first && second)
      return std::pair(static_cast<double>(*first), static_cast<double>(*second));
  }
  return std::nullopt;
}

// The line below the device's: "195310144 blocks [2/1] [U_]".
Status ReadSize(std::string_view device_line, std::string_view line, RaidDevice& device) {
  FieldReader fields(line);
  const auto blocks = fields.NextUnsigned();
  if (!blocks) return Corruption("mdstat: want a number of blocks, got ", Quote(line));
  device.blocks = device.blocks_synced = static_cast<double>(*blocks);
  if (Contains(device_line, "raid0") || Contains(device_line, "linear")) {
    device.disks_required = device.disks_active = static_cast<double>(Count(device_line, "["));
    return {};
  }
  if (device.state == "inactive") return {};
  const auto disks = FindFraction(line, '[', ']');
  if (!disks) return Corruption("mdstat: want [disks/active], got ", Quote(line));
  device.disks_required = disks->first;
  device.disks_active = disks->second;
  return {};
}

// A line below that: "[=>…]  recovery =  8.5% (16775552/195310144) …", "resync=DELAYED", or none of
// the kind.
Status ReadProgress(std::string_view line, RaidDevice& device) {
  constexpr std::pair<std::string_view, const char*> kWork[] = {{"recovery", "recovering"},
                                                                {"reshape", "reshaping"},
                                                                {"check", "checking"},
                                                                {"resync", "resyncing"}};
  const auto* work = std::find_if(std::begin(kWork), std::end(kWork),
                                  [&](const auto& one) { return Contains(line, one.first); });
  if (work == std::end(kWork)) return {};
  device.state = work->second;
  if (Contains(line, "PENDING") || Contains(line, "DELAYED")) {
    device.blocks_synced = 0;
    return {};
  }
  const auto progress = FindFraction(line, '(', ')');
  if (!progress) return Corruption("mdstat: want (synced/blocks), got ", Quote(line));
  device.blocks_synced = progress->first;
  return {};
}

bool StartsDevice(std::string_view line) {
  return !line.empty() && line[0] != ' ' && line[0] != '\t' &&
         line.substr(0, 13) != "Personalities" && line.substr(0, 6) != "unused";
}

}  // namespace

Result<std::vector<RaidDevice>> ParseMdstat(std::string_view text) {
  std::vector<RaidDevice> devices;
  LineReader lines(text);
  auto line = lines.Next();
  while (line) {
    if (!StartsDevice(*line)) {
      line = lines.Next();
      continue;
    }
    const std::string_view device_line = *line;
    FieldReader fields(device_line);
    RaidDevice device;
    device.name = fields.Next().value_or("");
    const auto colon = fields.Next();
    const auto state = fields.Next();
    if (colon != ":" || !state)
      return Corruption("mdstat: want \"NAME : STATE\", got ", Quote(device_line));
    device.state = *state;
    device.disks_failed = static_cast<double>(Count(device_line, "(F)"));
    device.disks_spare = static_cast<double>(Count(device_line, "(S)"));
    RETURN_IF_ERROR(ReadSize(device_line, lines.Next().value_or(""), device));
    for (line = lines.Next(); line && !line->empty() && !StartsDevice(*line); line = lines.Next()) {
      if (!Contains(*line, "bitmap")) RETURN_IF_ERROR(ReadProgress(*line, device));
    }
    devices.push_back(std::move(device));
  }
  return devices;
}

std::unique_ptr<Collector> NewMdadmCollector(const SystemPaths& paths) {
  return std::make_unique<MdadmCollector>(paths);
}

}  // namespace narthex::exporters
