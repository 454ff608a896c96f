#include "common/http_server/message.h"

#include <Poco/Exception.h>
#include <Poco/URI.h>

#include <algorithm>

#include "common/bytes/ignore_case.h"

namespace narthex {
namespace {

Result<std::string> Decode(std::string_view encoded) {
  std::string spaced(encoded);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  std::string decoded;
  try {
    Poco::URI::decode(spaced, decoded);
  } catch (const Poco::Exception&) {
    return InvalidArgument("broken escape in ", Quote(encoded));
  }
  return decoded;
}

}  // namespace

Status HttpParameters::Add(std::string_view encoded) {
  while (!encoded.empty()) {
    const std::string_view part = encoded.substr(0, encoded.find('&'));
    encoded.remove_prefix(std::min(part.size() + 1, encoded.size()));
    if (part.empty()) continue;
    const size_t equals = part.find('=');
    ASSIGN_OR_RETURN(std::string name, Decode(part.substr(0, equals)));
    std::string value;
    if (equals != std::string_view::npos) {
      ASSIGN_OR_RETURN(value, Decode(part.substr(equals + 1)));
    }
    entries_.emplace_back(std::move(name), std::move(value));
  }
  return {};
}

bool HttpParameters::Has(std::string_view name) const { return !GetAll(name).empty(); }

std::string_view HttpParameters::Get(std::string_view name) const {
  const auto values = GetAll(name);
  return values.empty() ? std::string_view() : values.front();
}

std::vector<std::string_view> HttpParameters::GetAll(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [key, value] : entries_) {
    if (key == name) values.push_back(value);
  }
  return values;
}

std::string_view FindHeader(const HttpHeaders& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (EqualIgnoringCase(key, name)) return value;
  }
  return {};
}

}  // namespace narthex
