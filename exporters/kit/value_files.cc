#include "exporters/kit/value_files.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <system_error>

#include "common/bytes/numbers.h"
#include "common/bytes/trim.h"
#include "common/labels/label_set.h"

namespace narthex::exporters {
namespace {

// What a device's firmware says may be in any encoding: each run of bytes that is no UTF-8 becomes
// one replacement character, U+FFFD.
std::string AsUtf8(std::string_view text) {
  if (IsValidUtf8(text)) return std::string(text);
  std::string out;
  bool in_run = false;
  while (!text.empty()) {
    size_t size = 1;
    while (size < std::min<size_t>(text.size(), 4) && !IsValidUtf8(text.substr(0, size))) ++size;
    const bool valid = IsValidUtf8(text.substr(0, size));
    if (valid) {
      out += text.substr(0, size);
    } else if (!in_run) {
      out += "\xef\xbf\xbd";
    }
    in_run = !valid;
    text.remove_prefix(valid ? size : 1);
  }
  return out;
}

std::optional<double> ParseNumber(std::string_view text) {
  if (const auto whole = ParseInteger(text)) return static_cast<double>(*whole);
  if (const auto large = ParseUnsigned(text)) return static_cast<double>(*large);
  if (text.substr(0, 2) != "0x") return std::nullopt;
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return static_cast<double>(value);
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

Result<std::string> ReadValue(const Directory& tree, const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, tree.ReadAttribute(path));
  return AsUtf8(TrimBlanks(text));
}

Result<double> ReadNumber(const Directory& tree, const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadValue(tree, path));
  if (const auto number = ParseNumber(text)) return *number;
  return Corruption(tree.Path(path), ": want a number, got ", Quote(text));
}

std::optional<std::string> FindValue(const Directory& tree, const std::string& path) {
  auto text = ReadValue(tree, path);
  if (!text.ok()) return std::nullopt;
  return std::move(*text);
}

std::optional<double> FindNumber(const Directory& tree, const std::string& path) {
  const auto number = ReadNumber(tree, path);
  if (!number.ok()) return std::nullopt;
  return *number;
}

std::optional<std::string> ValueOf(const Result<std::string>& text) {
  if (!text.ok()) return std::nullopt;
  return AsUtf8(TrimBlanks(*text));
}

std::optional<double> NumberOf(const Result<std::string>& text) {
  return text.ok() ? ParseNumber(TrimBlanks(*text)) : std::nullopt;
}

std::optional<std::string> FindValue(const OpenFolder& folder, const char* name) {
  return ValueOf(folder.Read(name));
}

std::optional<double> FindNumber(const OpenFolder& folder, const char* name) {
  return NumberOf(folder.Read(name));
}

Result<std::vector<std::string>> ListNumbered(const Directory& tree, const std::string& path,
                                              std::string_view prefix) {
  auto names = tree.List(path);
  if (names.code() == Code::kNotFound) return std::vector<std::string>();
  if (!names.ok()) return names.status();
  names->erase(std::remove_if(names->begin(), names->end(),
                              [&](const std::string& name) {
                                return name.compare(0, prefix.size(), prefix) != 0 ||
                                       name.size() == prefix.size() ||
                                       !IsDigit(name[prefix.size()]);
                              }),
               names->end());
  return std::move(*names);
}

Result<std::vector<std::string>> ListFolders(const Directory& tree, const std::string& path) {
  std::error_code error;
  std::filesystem::directory_iterator entry(tree.Path(path), error);
  if (error) return ErrnoStatus("open folder " + Quote(tree.Path(path)), error.value());
  std::vector<std::string> names;
  for (; entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    if (error) break;
    const bool is_folder =
        entry->symlink_status(error).type() == std::filesystem::file_type::directory;
    if (is_folder) names.push_back(entry->path().filename().string());
  }
  if (error) return ErrnoStatus("read folder " + Quote(tree.Path(path)), error.value());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace narthex::exporters
