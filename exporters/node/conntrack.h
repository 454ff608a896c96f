#ifndef NARTHEX_EXPORTERS_NODE_CONNTRACK_H_
#define NARTHEX_EXPORTERS_NODE_CONNTRACK_H_

#include <map>
#include <string_view>

#include "common/status/status.h"

namespace narthex::exporters {

// The counters of /proc/net/stat/nf_conntrack by their column's title, summed over the CPUs. The
// first line has the titles, the others hexadecimal numbers, a CPU a line; but "entries" is of the
// whole machine in each. The titles are parts of what was parsed.
Result<std::map<std::string_view, double>> ParseConntrackStat(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_CONNTRACK_H_
