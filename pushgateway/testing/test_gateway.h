// A whole pushgateway without sockets, for tests: requests go straight to its routes.
#ifndef NARTHEX_PUSHGATEWAY_TESTING_TEST_GATEWAY_H_
#define NARTHEX_PUSHGATEWAY_TESTING_TEST_GATEWAY_H_

#include <map>
#include <string>
#include <utility>

#include "pushgateway/exposition.h"
#include "pushgateway/push_api.h"
#include "pushgateway/query_api.h"

namespace narthex::pushgateway {

class TestResponse : public HttpResponse {
 public:
  void SetHeader(std::string_view name, std::string_view value) override {
    headers[std::string(name)] = value;
  }
  void Send(int status, std::string_view, std::string_view sent) override {
    status_ = status;
    body = sent;
  }
  void Begin(int status, std::string_view) override { status_ = status; }
  bool Write(std::string_view piece) override {
    body += piece;
    return true;
  }
  int status() const override { return status_; }

  std::map<std::string, std::string> headers;
  std::string body;

 private:
  int status_ = 0;
};

class TestGateway {
 public:
  explicit TestGateway(PushLog* push_log = nullptr, PushApiOptions options = Options())
      : metrics_(registry_, clock),
        store(TypesOf(registry_), clock, push_log),
        push_api_(options, store, Logger(LogOptions{}, &log)),
        query_api_(store, clock, {{"web.enable-admin-api", "true"}}, options.utf8_names) {
    push_api_.AddRoutes(routes_, metrics_);
    query_api_.AddRoutes(routes_, metrics_);
  }

  static PushApiOptions Options() {
    return {.utf8_names = true, .max_body_bytes = 1 << 20, .admin = true};
  }

  // "200", or "400 " and the reason.
  std::string Ask(std::string method, std::string path, std::string body = "",
                  std::vector<std::pair<std::string, std::string>> headers = {}) {
    HttpRequest request;
    request.method = std::move(method);
    const size_t question = std::min(path.find('?'), path.size());
    (void)request.parameters.Add(path.substr(std::min(question + 1, path.size())));
    request.path = path.substr(0, question);
    request.body = std::move(body);
    request.headers = std::move(headers);
    TestResponse response;
    routes_.Serve(request, response);
    std::string answer = std::to_string(response.status());
    if (!response.body.empty()) answer += " " + response.body;
    if (answer.ends_with('\n')) answer.pop_back();
    return answer;
  }
  std::string Put(const std::string& path, std::string body) {
    return Ask("PUT", "/metrics/" + path, std::move(body));
  }
  std::string Post(const std::string& path, std::string body) {
    return Ask("POST", "/metrics/" + path, std::move(body));
  }
  std::string Delete(const std::string& path) { return Ask("DELETE", "/metrics/" + path); }

  std::string Page(openmetrics::Exposition exposition = {openmetrics::Format::kText1,
                                                         openmetrics::Escaping::kAllowUtf8}) const {
    return WritePage(store, registry_, exposition);
  }
  // The page's samples of pushed metrics and push times; of itself it shows none with a job.
  std::string Samples() const {
    std::string samples;
    const std::string page = Page();
    for (size_t at = 0, end = 0; at < page.size(); at = end + 1) {
      end = page.find('\n', at);
      const std::string line = page.substr(at, end + 1 - at);
      if (line[0] != '#' && line.find("job=\"") != std::string::npos) samples += line;
    }
    return samples;
  }

  Store::OwnTypes own_types() const { return TypesOf(registry_); }

  ManualClock clock{1'000'000};
  std::string log;

 private:
  Registry registry_;
  GatewayMetrics metrics_;

 public:
  Store store;

 private:
  PushApi push_api_;
  QueryApi query_api_;
  Routes routes_;
};

}  // namespace narthex::pushgateway

#endif  // NARTHEX_PUSHGATEWAY_TESTING_TEST_GATEWAY_H_
