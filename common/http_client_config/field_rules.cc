#include "common/http_client_config/field_rules.h"

#include <algorithm>

namespace narthex {
namespace {

// Those that belong to the connection, to the body, or to us; in lower case.
constexpr std::string_view kReservedHeaders[] = {"accept-encoding",
                                                 "authorization",
                                                 "connection",
                                                 "content-encoding",
                                                 "content-length",
                                                 "content-type",
                                                 "host",
                                                 "keep-alive",
                                                 "proxy-authenticate",
                                                 "proxy-authorization",
                                                 "user-agent",
                                                 "www-authenticate",
                                                 "x-amz-content-sha256",
                                                 "x-amz-date",
                                                 "x-amz-security-token",
                                                 "x-prometheus-remote-read-version",
                                                 "x-prometheus-remote-write-version",
                                                 "x-prometheus-scrape-timeout-seconds"};

bool IsHeaderName(std::string_view name) {
  constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    const bool alphanumeric =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return alphanumeric || kTokenMarks.find(c) != std::string_view::npos;
  });
}

}  // namespace

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 32);
  }
  return lower;
}

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  });
}

Status AtMostOne(bool first, bool second, std::string_view names) {
  if (first && second) return InvalidArgument("at most one of ", names, " may be given");
  return {};
}

Status CheckHeaderName(const std::string& name) {
  if (!IsHeaderName(name)) return InvalidArgument("no header name: ", Quote(name));
  if (std::find(std::begin(kReservedHeaders), std::end(kReservedHeaders), LowerCase(name)) !=
      std::end(kReservedHeaders))
    return InvalidArgument(Quote(name), " may not be set here");
  return {};
}

}  // namespace narthex
