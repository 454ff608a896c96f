#include "exporters/node/buddyinfo.h"

#include "exporters/kit/text_fields.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

class BuddyinfoCollector : public Collector {
 public:
  explicit BuddyinfoCollector(const Directory& proc) : proc_(proc) {}

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::string text, proc_.Read("buddyinfo"));
    ASSIGN_OR_RETURN(const std::vector<BuddyZone> zones, ParseBuddyinfo(text));
    Family& blocks =
        sink.GaugeFamily("node_buddyinfo_blocks", "Free blocks of memory of 2^size pages.");
    for (const BuddyZone& zone : zones) {
      for (size_t size = 0; size < zone.blocks.size(); ++size) {
        blocks.Sample({{"node", zone.node}, {"zone", zone.zone}, {"size", std::to_string(size)}},
                      zone.blocks[size]);
      }
    }
    return {};
  }

 private:
  const Directory& proc_;
};

}  // namespace

Result<std::vector<BuddyZone>> ParseBuddyinfo(std::string_view text) {
  std::vector<BuddyZone> zones;
  LineReader lines(text);
  while (const auto line = lines.Next()) {
    FieldReader fields(*line);
    const auto word = fields.Next();
    auto node = fields.Next();
    const auto zone_word = fields.Next();
    const auto zone = fields.Next();
    if (word != "Node" || zone_word != "zone" || !zone || node->size() < 2 || node->back() != ',')
      return Corruption("buddyinfo: want \"Node N, zone NAME\", got ", Quote(*line));
    node->remove_suffix(1);
    BuddyZone parsed{*node, *zone, {}};
    while (const auto field = fields.Next()) {
      const auto count = ParseUnsigned(*field);
      if (!count) return Corruption("buddyinfo: want a number of blocks, got ", Quote(*field));
      parsed.blocks.push_back(static_cast<double>(*count));
    }
    zones.push_back(std::move(parsed));
  }
  return zones;
}

std::unique_ptr<Collector> NewBuddyinfoCollector(const SystemPaths& paths) {
  return std::make_unique<BuddyinfoCollector>(paths.proc);
}

}  // namespace narthex::exporters
