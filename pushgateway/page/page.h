// The web page of the pushgateway: the groups, their age, and a way to delete them.
#ifndef NARTHEX_PUSHGATEWAY_PAGE_PAGE_H_
#define NARTHEX_PUSHGATEWAY_PAGE_PAGE_H_

#include <vector>

#include "common/http_server/static_files.h"

namespace narthex::pushgateway {

// Generated from pushgateway/page/static at build time.
const std::vector<StaticFile>& PageFiles();

}  // namespace narthex::pushgateway

#endif  // NARTHEX_PUSHGATEWAY_PAGE_PAGE_H_
