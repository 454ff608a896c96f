#include "server/config/environment.h"

#include <algorithm>

namespace narthex::server {
namespace {

bool IsNameByte(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool IsSpecial(char c) {  // the shell's variables of one character
  return std::string_view("*#$@!?-").find(c) != std::string_view::npos || (c >= '0' && c <= '9');
}

struct Reference {
  std::string name;
  size_t bytes = 0;  // behind the dollar
};

// What stands behind a dollar. Broken braces are swallowed, as the original does.
Reference ReadReference(std::string_view text) {
  if (text[0] == '{') {
    const size_t end = text.find('}');
    if (end == std::string_view::npos) return {"", 1};
    return {std::string(text.substr(1, end - 1)), end + 1};
  }
  if (IsSpecial(text[0])) return {std::string(1, text[0]), 1};
  const auto end = std::find_if_not(text.begin(), text.end(), IsNameByte);
  return {std::string(text.begin(), end), static_cast<size_t>(end - text.begin())};
}

}  // namespace

std::string ExpandVariables(std::string_view text,
                            const std::function<std::string(const std::string&)>& value_of) {
  std::string out;
  while (!text.empty()) {
    const size_t dollar = text.find('$');
    out += text.substr(0, dollar);
    if (dollar == std::string_view::npos) break;
    text.remove_prefix(dollar + 1);
    if (text.empty()) {
      out += '$';
      break;
    }
    const Reference reference = ReadReference(text);
    text.remove_prefix(reference.bytes);
    if (reference.bytes == 0) {
      out += '$';  // no name behind it
    } else if (reference.name == "$") {
      out += '$';
    } else if (!reference.name.empty()) {
      out += value_of(reference.name);
    }
  }
  return out;
}

}  // namespace narthex::server
