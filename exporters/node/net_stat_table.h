#ifndef NARTHEX_EXPORTERS_NODE_NET_STAT_TABLE_H_
#define NARTHEX_EXPORTERS_NODE_NET_STAT_TABLE_H_

#include <boost/container/small_vector.hpp>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::exporters {

// A counter of a file of /proc/net/stat: a column, with a value for each CPU. The title is a part
// of what was parsed.
struct NetStatColumn {
  std::string_view title;
  boost::container::small_vector<double, 8> cpus;
};

// The first line has the titles, the others hexadecimal numbers, a CPU a line:
//   entries  searched found
//   00000021  00000000 0000000a
Result<std::vector<NetStatColumn>> ParseNetStatTable(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_NET_STAT_TABLE_H_
