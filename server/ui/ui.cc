#include "server/ui/ui.h"

namespace narthex::server {
namespace {

// The names of the reference, whose links people have; `graph` is its name of `query` from before.
// src/pages.tsx has the same list.
constexpr const char* kPages[] = {"query", "graph",  "targets",     "service-discovery", "config",
                                  "flags", "status", "tsdb-status", "storage",           "queries"};

}  // namespace

void AddUi(Routes& routes, const std::string& prefix) {
  AddStaticFiles(routes, prefix, UiFiles());
  for (const StaticFile& file : UiFiles()) {
    if (file.name != "index.html") continue;
    for (const char* page : kPages) routes.Get(prefix + "/" + page, ServeStaticFile(file));
  }
}

}  // namespace narthex::server
