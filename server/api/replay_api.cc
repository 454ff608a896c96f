#include "server/api/replay_api.h"

#include "common/http_server/json_response.h"
#include "server/api/json_object.h"

namespace narthex::server {
namespace {

std::string_view NameOf(storage::ReplayProgress::State state) {
  switch (state) {
    case storage::ReplayProgress::State::kWaiting:
      return "waiting";
    case storage::ReplayProgress::State::kInProgress:
      return "in progress";
    case storage::ReplayProgress::State::kDone:
      break;
  }
  return "done";
}

}  // namespace

void ReplayApi::AddRoutes(Routes& routes) const {
  routes.Get("/api/v1/status/walreplay",
             [&replay = progress](const HttpRequest&, HttpResponse& response) {
               JsonResponse json(response);
               {
                 ObjectWriter object(json.out());
                 object.Integer("min", static_cast<int64_t>(replay.first_segment()));
                 object.Integer("max", static_cast<int64_t>(replay.last_segment()));
                 object.Integer("current", static_cast<int64_t>(replay.current_segment()));
                 object.Text("state", NameOf(replay.state()));
               }
               json.Finish();
             });
}

}  // namespace narthex::server
