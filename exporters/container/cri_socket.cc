// The Container Runtime Interface, of containerd, CRI-O and others: gRPC over HTTP/2 on a Unix
// socket.
#include <chrono>
#include <map>

#include "exporters/container/cri_messages.h"
#include "exporters/container/facts_source.h"
#include "exporters/container/unix_http.h"

namespace narthex::exporters {
namespace {

constexpr std::string_view kUnimplemented = "12";  // a status of gRPC

class CriSocket : public FactsSource {
 public:
  CriSocket(std::string name, std::string socket, SourceOptions options)
      : name_(std::move(name)), socket_(std::move(socket)), options_(std::move(options)) {}

  std::string_view name() const override { return name_; }

  Result<std::vector<ContainerFacts>> Find(const std::vector<std::string>&) override {
    deadline_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(options_.timeout.ms);
    ASSIGN_OR_RETURN(const std::string pods, Ask("RuntimeService/ListPodSandbox"));
    ASSIGN_OR_RETURN(std::vector<CriContainer> sandboxes, ParseSandboxList(pods));
    ASSIGN_OR_RETURN(const std::string list, Ask("RuntimeService/ListContainers"));
    ASSIGN_OR_RETURN(std::vector<CriContainer> containers, ParseContainerList(list));
    RETURN_IF_ERROR(NameImages(containers));
    std::vector<ContainerFacts> found = JoinPods(std::move(sandboxes), std::move(containers));
    if (name_ == "crio") {
      for (ContainerFacts& facts : found) facts.name = CriOName(facts);
    }
    return found;
  }

 private:
  // The kubelet asks for images by their ids. Their names stand in another list.
  Status NameImages(std::vector<CriContainer>& containers) {
    constexpr std::string_view kId = "sha256:";
    std::map<std::string, std::string> names;
    for (CriContainer& container : containers) {
      if (!container.facts.image.starts_with(kId)) continue;
      if (names.empty()) {
        ASSIGN_OR_RETURN(const std::string list, Ask("ImageService/ListImages"));
        ASSIGN_OR_RETURN(names, ParseImageList(list));
        if (names.empty()) return {};
      }
      const auto name = names.find(container.facts.image);
      if (name != names.end()) container.facts.image = name->second;
    }
    return {};
  }

  // The one message of the answer to an empty request.
  Result<std::string> Ask(const std::string& method) {
    ASSIGN_OR_RETURN(UnixReply reply, AskVersion(method));
    if (version_ == std::string_view("v1") && GrpcStatus(reply) == kUnimplemented) {
      version_ = "v1alpha2";  // before containerd 1.6 and CRI-O 1.23
      ASSIGN_OR_RETURN(reply, AskVersion(method));
    }
    const std::string status = GrpcStatus(reply);
    if (reply.http_status != 200 || status != "0") {
      return Unavailable("ask ", Quote(socket_), " for ", method, ": HTTP status ",
                         std::to_string(reply.http_status), ", gRPC status ", Quote(status), " ",
                         Quote(reply.headers["grpc-message"]));
    }
    ASSIGN_OR_RETURN(const std::string_view message, ParseGrpcFrame(reply.body));
    return std::string(message);
  }

  Result<UnixReply> AskVersion(const std::string& method) const {
    UnixRequest request;
    request.socket = socket_;
    request.path = "/runtime." + std::string(version_) + "." + method;
    request.headers = {"Content-Type: application/grpc", "TE: trailers"};
    request.body = GrpcFrame("");
    request.is_http2 = true;
    request.deadline = deadline_;
    return AskUnixSocket(request);
  }

  static std::string GrpcStatus(const UnixReply& reply) {
    const auto found = reply.headers.find("grpc-status");
    return found == reply.headers.end() ? "" : found->second;
  }

  const std::string name_;
  const std::string socket_;
  const SourceOptions options_;
  std::string_view version_ = "v1";
  std::chrono::steady_clock::time_point deadline_;  // of the call under way
};

}  // namespace

std::unique_ptr<FactsSource> NewCriSocket(std::string name, std::string socket,
                                          SourceOptions options) {
  return std::make_unique<CriSocket>(std::move(name), std::move(socket), std::move(options));
}

}  // namespace narthex::exporters
