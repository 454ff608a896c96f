// Parameters of URLs and forms, and the headers that are read as more than text: any bytes are
// taken or refused, and what is taken means the same in whatever pieces it comes.
#include <string>

#include "common/http_server/gzip.h"
#include "common/http_server/message.h"
#include "common/openmetrics/format.h"

namespace {

using narthex::HttpParameters;

std::string Escape(std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out.append("%").append(1, kDigits[byte >> 4]).append(1, kDigits[byte & 15]);
  }
  return out;
}

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

// Each name's values, written down with every byte escaped, are read again as they are.
void CheckRoundTrip(const HttpParameters& parameters, std::string_view name) {
  std::string encoded;
  for (const std::string_view value : parameters.GetAll(name))
    encoded.append(Escape(name)).append("=").append(Escape(value)).append("&");
  HttpParameters again;
  Require(again.Add(encoded).ok());
  Require(again.GetAll(name) == parameters.GetAll(name));
  Require(parameters.Has(name) == !parameters.GetAll(name).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)narthex::AcceptsGzip(text);
  (void)narthex::openmetrics::Negotiate(text);
  HttpParameters whole;
  if (!whole.Add(text).ok()) return 0;
  const std::string_view first = text.substr(0, text.find('&'));
  HttpParameters pieces;
  Require(pieces.Add(first).ok());
  Require(pieces.Add(text.substr(first.size())).ok());
  for (const std::string_view name : {"query", "match[]", "", "a"}) {
    Require(whole.GetAll(name) == pieces.GetAll(name));
    CheckRoundTrip(whole, name);
  }
  return 0;
}
