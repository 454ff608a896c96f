// Any bytes are refused or give a tree whose places lie in the text.
#include <algorithm>

#include "common/config/json.h"

using namespace narthex;  // NOLINT(google-build-using-namespace)

namespace {

void Check(const config::Node& node, int line_count) {
  if (node.position.line < 1 || node.position.line > line_count) __builtin_trap();
  for (const config::Node& item : node.items) Check(item, line_count);
  for (const config::Node::Entry& entry : node.entries) Check(entry.value, line_count);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto node = config::ParseJson(text);
  if (node.ok()) Check(*node, static_cast<int>(std::count(text.begin(), text.end(), '\n')) + 1);
  return 0;
}
