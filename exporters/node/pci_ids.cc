#include "exporters/node/pci_ids.h"

#include <array>

#include "common/bytes/trim.h"
#include "exporters/kit/text_fields.h"

namespace narthex::exporters {

PciIds PciIds::Parse(std::string_view text) {
  PciIds ids;
  std::array<std::string, 3> path;  // the numbers of the line at each depth
  bool in_class = false;
  LineReader lines(text);
  while (const auto line = lines.Next()) {
    size_t depth = 0;
    while (depth < line->size() && (*line)[depth] == '\t') ++depth;
    const std::string_view entry = line->substr(depth);
    const size_t gap = entry.find("  ");
    if (depth >= path.size() || entry.empty() || entry[0] == '#' || gap == std::string_view::npos)
      continue;
    std::string number(entry.substr(0, gap));
    if (depth == 0) {
      in_class = number.compare(0, 2, "C ") == 0;
      if (in_class) number.erase(1, 1);  // "C01", so that no vendor is meant
    }
    // A class' numbers are written without a gap.
    path[depth] = depth == 0 ? number : path[depth - 1] + (in_class ? "" : " ") + number;
    const std::string_view name = TrimBlanks(entry.substr(gap));
    if (!name.empty()) ids.names_[path[depth]] = name;
  }
  return ids;
}

std::string PciIds::Class(const std::string& number) const {
  for (const size_t digits : {6, 4, 2}) {
    const auto name = names_.find("C" + number.substr(0, digits));
    if (number.size() >= digits && name != names_.end()) return name->second;
  }
  return "Unknown class (" + number + ")";
}

std::string PciIds::Find(const std::string& key, const std::string& otherwise) const {
  const auto name = names_.find(key);
  return name == names_.end() ? otherwise : name->second;
}

}  // namespace narthex::exporters
