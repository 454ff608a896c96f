#include "exporters/kit/mountinfo.h"

#include "exporters/kit/text_fields.h"

namespace narthex::exporters {
namespace {

bool IsOctal(char c) { return c >= '0' && c <= '7'; }

// The kernel writes blanks, line feeds and backslashes of paths as three octal digits.
std::string ResolveOctal(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '\\' && i + 3 < text.size() && text[i + 1] <= '3' &&
                        IsOctal(text[i + 1]) && IsOctal(text[i + 2]) && IsOctal(text[i + 3]);
    if (!escape) {
      out += text[i];
      continue;
    }
    out +=
        static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
    i += 3;
  }
  return out;
}

}  // namespace

std::optional<std::string_view> FindMountOption(std::string_view options, std::string_view name) {
  while (!options.empty()) {
    const std::string_view option = options.substr(0, options.find(','));
    const size_t equals = std::min(option.find('='), option.size());
    if (option.substr(0, equals) == name) return option.substr(std::min(equals + 1, option.size()));
    options.remove_prefix(std::min(option.size() + 1, options.size()));
  }
  return std::nullopt;
}

Result<std::vector<Mount>> ParseMountinfo(std::string_view text) {
  std::vector<Mount> mounts;
  LineReader lines(text);
  while (const auto line = lines.Next()) {
    FieldReader fields(*line);
    fields.Next();  // mount id
    fields.Next();  // parent
    const std::string_view device = fields.Next().value_or("");
    fields.Next();  // root within the file system
    const auto mount_point = fields.Next();
    const std::string_view options = fields.Next().value_or("");
    std::optional<std::string_view> field = fields.Next();
    while (field && *field != "-") field = fields.Next();
    const auto fs_type = fields.Next();
    const auto source = fields.Next();
    const std::string_view super_options = fields.Next().value_or("");
    const size_t colon = device.find(':');
    if (colon == std::string_view::npos || !mount_point || !fs_type || !source) {
      return Corruption("mountinfo: unknown layout ", Quote(*line));
    }
    Mount mount;
    mount.major = device.substr(0, colon);
    mount.minor = device.substr(colon + 1);
    mount.mount_point = ResolveOctal(*mount_point);
    mount.fs_type = *fs_type;
    mount.source = *source;
    mount.super_options = super_options;
    mount.read_only = FindMountOption(options, "ro") || FindMountOption(super_options, "ro") ||
                      FindMountOption(super_options, "emergency_ro");
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

}  // namespace narthex::exporters
