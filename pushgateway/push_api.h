// The API by which metrics arrive and go: PUT, POST and DELETE of /metrics/job/…, and the wipe.
// Answers are those of pushgateway 1.11: 200 for a push, 202 for a delete, 400 with the reason.
#ifndef NARTHEX_PUSHGATEWAY_PUSH_API_H_
#define NARTHEX_PUSHGATEWAY_PUSH_API_H_

#include <cstdint>
#include <string>

#include "common/http_server/routes.h"
#include "common/log/logger.h"
#include "common/openmetrics/format.h"
#include "pushgateway/gateway_metrics.h"
#include "pushgateway/store.h"

namespace narthex::pushgateway {

struct PushApiOptions {
  bool utf8_names = false;
  // Answers 202 to every push that can be read. One that the check refuses is not stored all the
  // same: the group's failure time and the log tell of it.
  bool answer_unchecked = false;
  uint64_t max_body_bytes = 0;  // once decompressed
  bool admin = false;           // whether there is a wipe
};

class PushApi {
 public:
  PushApi(const PushApiOptions& options, Store& store, Logger log)
      : options_(options), store_(store), log_(std::move(log)) {}

  // The API must outlive the routes.
  void AddRoutes(Routes& routes, GatewayMetrics& metrics);

 private:
  void Push(const HttpRequest& request, HttpResponse& response, std::string_view path);
  void Delete(HttpResponse& response, std::string_view path);
  void Wipe(HttpResponse& response);
  Result<std::string_view> Decode(const HttpRequest& request, std::string& plain) const;
  Status Take(const HttpRequest& request, const GroupKey& key, bool& malformed);
  void Learn(const GroupKey& key, std::string_view body, openmetrics::NameScheme names,
             const ShapeHash& shape);

  const PushApiOptions options_;
  Store& store_;
  const Logger log_;
};

}  // namespace narthex::pushgateway

#endif  // NARTHEX_PUSHGATEWAY_PUSH_API_H_
