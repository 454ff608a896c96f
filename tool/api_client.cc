#include "tool/api_client.h"

#include <future>

#include "common/clock/clock.h"
#include "common/config/bind.h"
#include "common/config/json.h"
#include "common/fs/files.h"
#include "common/http_client/http_client.h"

namespace narthex::tool {
namespace {

constexpr int64_t kTimeoutMs = 120'000;  // as long as a query may take by default
constexpr int64_t kPageTimeoutMs = 10'000;

std::string Escaped(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                       (byte >= 'a' && byte <= 'z') || c == '-' || c == '_' || c == '.';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

std::string UrlOf(const ApiServer& server, const std::string& path,
                  const ApiParameters& parameters) {
  std::string url =
      server.url.find("://") == std::string::npos ? "http://" + server.url : server.url;
  while (url.ends_with('/')) url.pop_back();
  url += path;
  for (size_t i = 0; i < parameters.size(); ++i) {
    url += i == 0 ? '?' : '&';
    url += Escaped(parameters[i].first) + "=" + Escaped(parameters[i].second);
  }
  return url;
}

Result<std::shared_ptr<HttpSettings>> SettingsOf(const std::string& path) {
  if (path.empty()) return std::shared_ptr<HttpSettings>();
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  const auto node = config::ParseYaml(text);
  if (!node.ok()) return node.status().Prefixed(path);
  HttpClientConfig config;
  RETURN_IF_ERROR(config::Bind(*node, config).Prefixed(path));
  config.MakePathsRelativeTo(path);
  return std::make_shared<HttpSettings>(std::move(config));
}

Result<HttpResult> Fetch(HttpGet request) {
  const uint64_t max_body_bytes = request.max_body_bytes;
  const SystemClock clock;
  IoLoop loop(clock);
  HttpClient client(loop, 1);
  std::promise<HttpResult> promise;
  loop.Start();
  loop.Post([&] {
    client.Get(std::move(request),
               [&](HttpResult result) { promise.set_value(std::move(result)); });
  });
  HttpResult result = promise.get_future().get();
  loop.Stop();
  RETURN_IF_ERROR(result.status);
  RETURN_IF_ERROR(DecodeBody(result, max_body_bytes));
  return result;
}

std::string TextOf(const config::Node& node, std::string_view key) {
  const config::Node* found = node.Find(key);
  return found == nullptr ? "" : found->text;
}

}  // namespace

void AddHttpConfigFlag(cli::Flags& flags, ApiServer& server) {
  flags.Add("http.config.file", &server.http_config_file,
            "How to reach the server: credentials, TLS and headers, as in http_config.", "FILE");
}

Result<Page> AskPage(const ApiServer& server, const std::string& path) {
  HttpGet request{
      .url = UrlOf(server, path, {}), .headers = server.headers, .timeout_ms = kPageTimeoutMs};
  ASSIGN_OR_RETURN(request.settings, SettingsOf(server.http_config_file));
  auto result = Fetch(request);
  if (!result.ok()) return result.status().Prefixed(server.url);
  return Page{result->http_status, std::move(result->body)};
}

Result<ApiAnswer> AskApi(const ApiServer& server, const std::string& path,
                         const ApiParameters& parameters) {
  HttpGet request{
      .url = UrlOf(server, path, parameters), .headers = server.headers, .timeout_ms = kTimeoutMs};
  ASSIGN_OR_RETURN(request.settings, SettingsOf(server.http_config_file));
  auto result = Fetch(request);
  if (!result.ok()) return result.status().Prefixed(server.url);
  const auto body = config::ParseJson(result->body);
  if (!body.ok() || body->Find("status") == nullptr)
    return Unavailable(server.url, ": HTTP status ", std::to_string(result->http_status),
                       ", and no answer of this API");
  if (TextOf(*body, "status") != "success")
    return InvalidArgument(TextOf(*body, "errorType"), ": ", TextOf(*body, "error"));
  ApiAnswer answer;
  if (const config::Node* data = body->Find("data")) answer.data = *data;
  for (const char* key : {"warnings", "infos"}) {
    const config::Node* notes = body->Find(key);
    for (size_t i = 0; notes != nullptr && i < notes->items.size(); ++i)
      answer.warnings.push_back(notes->items[i].text);
  }
  return answer;
}

}  // namespace narthex::tool
