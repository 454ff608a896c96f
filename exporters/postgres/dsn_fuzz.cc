// Any text gives a connection string or an error that does not repeat it; what was read can be
// given to the server as options.
#include <cstdint>
#include <string>

#include "exporters/postgres/dsn.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace narthex;
  using namespace narthex::exporters;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto& parse : {ParseDsn, ParseTarget}) {
    const Result<Dsn> dsn = parse(text);
    if (!dsn.ok()) {
      if (dsn.message().empty()) __builtin_trap();
      // A piece of some length that no message of ours has by itself.
      if (size >= 48 && std::string(dsn.message()).find(text.substr(0, 48)) != std::string::npos)
        __builtin_trap();
      continue;
    }
    if (dsn->keywords.contains("password") || dsn->settings.contains("password")) __builtin_trap();
    if (dsn->Server().empty()) __builtin_trap();
    if (dsn->Options().find('\0') != std::string::npos && text.find('\0') == std::string::npos)
      __builtin_trap();
  }
  return 0;
}
