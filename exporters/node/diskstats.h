#ifndef NARTHEX_EXPORTERS_NODE_DISKSTATS_H_
#define NARTHEX_EXPORTERS_NODE_DISKSTATS_H_

#include <map>
#include <string_view>

namespace narthex::exporters {

// The device properties, lines "E:KEY=value", of a file below /run/udev/data. Views into the text.
std::map<std::string_view, std::string_view> ParseUdevProperties(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_DISKSTATS_H_
