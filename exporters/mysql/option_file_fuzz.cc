// Any text gives sections or an error that does not repeat it; what was read makes settings whose
// names and errors have none of the values.
#include <algorithm>
#include <cstdint>
#include <string>

#include "exporters/mysql/client_config.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace narthex;
  using namespace narthex::exporters;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // Our messages have words and few signs; what is repeated would soon have others.
  const auto repeats = [](std::string_view message) {
    return std::any_of(message.begin(), message.end(), [](char c) {
      return c < ' ' || c > '~' ||
             std::string_view("~^%\\`|#@!{}<>*&?+=").find(c) != std::string_view::npos;
    });
  };
  auto file = ParseOptionFile(text, "f");
  if (!file.ok()) {
    if (!std::string_view(file.message()).starts_with("f:") || repeats(file.message()))
      __builtin_trap();
    return 0;
  }
  const auto config =
      MakeClientConfig(std::move(*file), {"localhost:3306", "", config::Secret("p"), false},
                       [](const std::string& name) { return name; });
  if (!config.ok()) return repeats(config.message()) ? __builtin_trap(), 0 : 0;
  for (const auto& [name, server] : config->sections) {
    if (server.user.empty() || server.Name().empty()) __builtin_trap();
    if (ServerOfRequest(*config, text, name).ok() && text.find(':') == std::string_view::npos &&
        !text.empty())
      __builtin_trap();
  }
  for (const auto& [name, why] : config->unusable) {
    if (why.ok() || repeats(why.message())) __builtin_trap();
  }
  return 0;
}
