// Docker's API, of Docker and of Podman. One request lists all containers; what the list does not
// have (environment, restarts) takes a request for each.
#include <chrono>
#include <set>

#include "exporters/container/facts_source.h"
#include "exporters/container/runtime_json.h"
#include "exporters/container/unix_http.h"

namespace narthex::exporters {
namespace {

class DockerSocket : public FactsSource {
 public:
  DockerSocket(std::string name, std::string socket, SourceOptions options)
      : name_(std::move(name)), socket_(std::move(socket)), options_(std::move(options)) {}

  std::string_view name() const override { return name_; }

  Result<std::vector<ContainerFacts>> Find(const std::vector<std::string>& ids) override {
    deadline_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(options_.timeout.ms);
    ASSIGN_OR_RETURN(const std::string list, Ask("/containers/json"));
    ASSIGN_OR_RETURN(std::vector<ContainerFacts> found, ParseDockerList(list));
    if (options_.environment.empty() && !options_.wants_details) return found;
    const std::set<std::string_view> wanted(ids.begin(), ids.end());
    for (ContainerFacts& facts : found) {
      if (wanted.contains(facts.id)) AddDetails(facts);
    }
    return found;
  }

 private:
  // The container may have gone, or time be up: the list is right as far as it goes.
  void AddDetails(ContainerFacts& facts) {
    const auto text = Ask("/containers/" + facts.id + "/json");
    if (!text.ok()) return;
    auto details = ParseDockerContainer(*text, options_.environment);
    if (details.ok() && details->id == facts.id) facts = std::move(*details);
  }

  Result<std::string> Ask(const std::string& path) const {
    UnixRequest request;
    request.socket = socket_;
    request.path = path;
    request.deadline = deadline_;
    ASSIGN_OR_RETURN(UnixReply reply, AskUnixSocket(request));
    if (reply.http_status != 200) {
      return Unavailable("ask ", Quote(socket_), " for ", path, ": status ",
                         std::to_string(reply.http_status));
    }
    return std::move(reply.body);
  }

  const std::string name_;
  const std::string socket_;
  const SourceOptions options_;
  std::chrono::steady_clock::time_point deadline_;  // of the call under way
};

}  // namespace

std::unique_ptr<FactsSource> NewDockerSocket(std::string name, std::string socket,
                                             SourceOptions options) {
  return std::make_unique<DockerSocket>(std::move(name), std::move(socket), std::move(options));
}

}  // namespace narthex::exporters
