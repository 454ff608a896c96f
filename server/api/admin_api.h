// /api/v1/admin/tsdb: deletes series and makes snapshots, where the operator has admitted that.
#ifndef NARTHEX_SERVER_API_ADMIN_API_H_
#define NARTHEX_SERVER_API_ADMIN_API_H_

#include "common/http_server/routes.h"
#include "server/storage/admin.h"

namespace narthex::server {

// What is passed outlives the routes.
struct AdminApi {
  storage::Admin& admin;
  bool enabled = false;  // else every request is answered by 503

  // delete_series, clean_tombstones, snapshot, each by POST or PUT.
  void AddRoutes(Routes& routes) const;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_API_ADMIN_API_H_
