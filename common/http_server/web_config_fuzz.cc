// Any web configuration and any Authorization header give a value that keeps its rules, or a
// refusal that names the file.
#include "common/http_server/basic_auth.h"
#include "common/http_server/web_config.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto config = narthex::ParseWebConfig(text, "web.yml");
  if (!config.ok() && config.message().substr(0, 8) != "web.yml:") __builtin_trap();
  if (config.ok()) {
    for (const auto& [user, hash] : config->basic_auth_users) {
      if (!narthex::CheckBcryptHash(hash).ok()) __builtin_trap();
    }
  }
  const auto credentials = narthex::ParseBasicAuthorization(text);
  if (credentials && credentials->user.find(':') != std::string::npos) __builtin_trap();
  return 0;
}
