#include "exporters/kit/os_release.h"

#include <optional>

#include "common/bytes/trim.h"
#include "exporters/kit/text_fields.h"

namespace narthex::exporters {
namespace {

// A value as a shell reads it, within os-release's bounds: one word, or one pair of quotes.
std::optional<std::string> Unquote(std::string_view raw) {
  const std::string_view text = TrimBlanks(raw);
  if (text.empty() || (text[0] != '"' && text[0] != '\'')) return std::string(text);
  const char quote = text[0];
  std::string value;
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == quote)
      return i + 1 == text.size() ? std::optional(std::move(value)) : std::nullopt;
    if (quote == '"' && text[i] == '\\' && i + 1 < text.size()) ++i;
    value += text[i];
  }
  return std::nullopt;
}

}  // namespace

Result<OsRelease> ParseOsRelease(std::string_view text) {
  OsRelease parsed;
  LineReader lines(text);
  while (const auto whole = lines.Next()) {
    const std::string_view line = TrimBlanks(*whole);
    if (line.empty() || line[0] == '#') continue;
    const size_t equals = line.find('=');
    const auto value =
        equals == std::string_view::npos ? std::nullopt : Unquote(line.substr(equals + 1));
    const bool named = value && equals > 0 && line.find_first_of(" \t") > equals;
    if (!named) return Corruption("os-release: want KEY=value, got ", Quote(line));
    parsed[std::string(line.substr(0, equals))] = *value;
  }
  return parsed;
}

}  // namespace narthex::exporters
