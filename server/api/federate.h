// /federate: the newest sample of selected series, for another server to scrape.
#ifndef NARTHEX_SERVER_API_FEDERATE_H_
#define NARTHEX_SERVER_API_FEDERATE_H_

#include <functional>
#include <map>
#include <string>

#include "common/bytes/duration.h"
#include "common/clock/clock.h"
#include "common/http_server/message.h"
#include "server/storage/storage.h"

namespace narthex::server {

struct Federation {
  const storage::Storage& storage;
  const Clock& clock;
  Duration lookback;  // how old the newest sample may be
  std::map<std::string, std::string> external_labels;

  // Answers a request with parameters match[], in the format that it asks for. Histograms with
  // exponential buckets go out as protobuf only. Semantics follow Prometheus' federation.
  void Send(const HttpRequest& request, HttpResponse& response) const;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_API_FEDERATE_H_
