// Any body, path and headers are answered, and leave a page that is valid.
#include <cstdio>

#include "pushgateway/testing/page_checker.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace narthex::pushgateway;
  if (size < 2) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t end = bytes.find('\n');
  const std::string path(bytes.substr(0, end));
  const std::string body(end == std::string_view::npos ? "" : bytes.substr(end + 1));
  constexpr const char* kTypes[] = {
      "text/plain; version=0.0.4",
      "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; "
      "encoding=delimited"};
  constexpr const char* kEncodings[] = {"", "gzip", "snappy"};
  TestGateway gateway;
  for (const char* method : {"PUT", "POST", "PUT"}) {
    gateway.Ask(
        method, "/metrics/" + path, body,
        {{"Content-Type", kTypes[data[0] & 1]}, {"Content-Encoding", kEncodings[data[0] % 3]}});
  }
  const std::string fault = FindFault(gateway, data[0] / 6);
  if (!fault.empty()) {
    std::fprintf(stderr, "%s\n", fault.c_str());
    __builtin_trap();
  }
  return 0;
}
