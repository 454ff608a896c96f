#ifndef NARTHEX_EXPORTERS_NODE_XFRM_H_
#define NARTHEX_EXPORTERS_NODE_XFRM_H_

#include <string>
#include <string_view>

namespace narthex::exporters {

// The metric of a field of /proc/net/xfrm_stat: XfrmInHdrError becomes
// node_xfrm_in_hdr_error_packets_total.
std::string XfrmMetricName(std::string_view field);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_XFRM_H_
