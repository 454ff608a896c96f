// A head that is taken has one meaning: written down again it parses to the same.
#include "common/http_server/request_head.h"

namespace {

std::string Write(const narthex::RequestHead& head) {
  std::string text =
      head.method + " " + head.target + " HTTP/1." + std::to_string(head.minor_version) + "\r\n";
  for (const auto& [name, value] : head.headers) text.append(name + ": " + value + "\r\n");
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  narthex::RequestHead head;
  if (narthex::ParseRequestHead({reinterpret_cast<const char*>(data), size}, head)) return 0;
  const std::string text = Write(head);
  narthex::RequestHead again;
  if (narthex::ParseRequestHead(text, again) || Write(again) != text) __builtin_trap();
  const bool same = head.content_length == again.content_length && head.chunked == again.chunked &&
                    head.keep_alive == again.keep_alive;
  if (!same || (head.chunked && head.content_length)) __builtin_trap();
  return 0;
}
