#ifndef NARTHEX_EXPORTERS_NODE_ZONEINFO_H_
#define NARTHEX_EXPORTERS_NODE_ZONEINFO_H_

#include <string_view>
#include <utility>
#include <vector>

#include "common/status/status.h"

namespace narthex::exporters {

// A zone of memory, from /proc/zoneinfo, see proc(5). Its fields are lines of a name and a number
// below "Node 0, zone   Normal"; "pages free" and the lists of CPUs are left out.
// The texts are parts of what was parsed.
struct MemoryZone {
  std::string_view node;
  std::string_view zone;
  std::vector<std::pair<std::string_view, double>> fields;
  std::vector<double> protection;

  // A field's later line wins.
  void Set(std::string_view name, double value) {
    for (auto& field : fields) {
      if (field.first == name) return void(field.second = value);
    }
    fields.emplace_back(name, value);
  }
};

Result<std::vector<MemoryZone>> ParseZoneinfo(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_ZONEINFO_H_
