// /api/v1/notifications: what an operator should know at once, such as a reload that failed.
#ifndef NARTHEX_SERVER_API_NOTIFICATIONS_API_H_
#define NARTHEX_SERVER_API_NOTIFICATIONS_API_H_

#include <atomic>
#include <memory>

#include "common/http_server/routes.h"
#include "server/config/config_reloader.h"

namespace narthex::server {

// What is passed by reference outlives the routes.
struct NotificationsApi {
  const ConfigReloader& config;
  const std::atomic<bool>& stopping;  // ends who listens
  size_t max_subscribers = 16;        // who listens at once; the next gets 204

  // notifications: the present list. notifications/live: the same as events, as they come and go.
  void AddRoutes(Routes& routes) const;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_API_NOTIFICATIONS_API_H_
