#include "exporters/container/cgroup_name.h"

#include <algorithm>
#include <optional>

namespace narthex::exporters {
namespace {

constexpr size_t kIdSize = 64;

bool IsHexDigit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }
bool IsIdCharacter(char c) { return IsHexDigit(c) || c == '-'; }

// Takes a known beginning or end away; false where the text does not have it.
bool TakeFront(std::string_view& text, std::string_view front) {
  if (text.substr(0, front.size()) != front) return false;
  text.remove_prefix(front.size());
  return true;
}
bool TakeBack(std::string_view& text, std::string_view back) {
  if (!text.ends_with(back)) return false;
  text.remove_suffix(back.size());
  return true;
}

bool IsContainerId(std::string_view text) {
  return text.size() == kIdSize && std::all_of(text.begin(), text.end(), IsHexDigit);
}

// "docker-ID.scope", "ID": what stands before the id goes into `prefix`.
std::optional<std::string_view> FindId(std::string_view name, std::string_view& prefix) {
  TakeBack(name, ".scope");
  if (name.size() < kIdSize) return std::nullopt;
  const std::string_view id = name.substr(name.size() - kIdSize);
  prefix = name.substr(0, name.size() - kIdSize);
  if (!IsContainerId(id) || (!prefix.empty() && prefix.back() != '-')) return std::nullopt;
  return id;
}

// The UID in "pod1234-…" or "kubepods-burstable-pod1234_….slice"; systemd does not let a "-" stand
// in the names of slices.
std::optional<std::string> PodUid(std::string_view name) {
  const bool is_slice = TakeBack(name, ".slice");
  if (is_slice) {
    const size_t at = name.rfind("-pod");
    if (name.substr(0, 8) != "kubepods" || at == std::string_view::npos) return std::nullopt;
    name.remove_prefix(at + 1);
  }
  if (!TakeFront(name, "pod") || name.empty()) return std::nullopt;
  std::string uid(name);
  if (is_slice) std::replace(uid.begin(), uid.end(), '_', '-');
  if (!std::all_of(uid.begin(), uid.end(), IsIdCharacter)) return std::nullopt;
  return uid;
}

// systemd writes bytes that a unit's name may not have as \x2d.
std::string Unescape(std::string_view text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape = text.substr(i, 2) == "\\x" && i + 3 < text.size() &&
                        IsHexDigit(text[i + 2]) && IsHexDigit(text[i + 3]);
    if (!escape) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(digit(text[i + 2]) * 16 + digit(text[i + 3]));
    i += 3;
  }
  return out;
}

// The machine that a group is, by its parent's name and its own.
std::optional<std::string> MachineName(std::string_view parent, std::string_view name) {
  if (parent == "lxc" || parent == "lxc.payload") return std::string(name);
  std::string_view rest = name;
  if (TakeFront(rest, "lxc.payload.") && !rest.empty()) return std::string(rest);
  if (parent != "machine.slice") return std::nullopt;
  rest = name;
  if (TakeFront(rest, "machine-") && TakeBack(rest, ".scope") && !rest.empty())
    return Unescape(rest);
  rest = name;
  if (TakeFront(rest, "systemd-nspawn@") && TakeBack(rest, ".service") && !rest.empty())
    return Unescape(rest);
  return std::nullopt;
}

bool IsUnit(std::string_view name) {
  constexpr std::string_view kEnds[] = {".service", ".scope", ".slice", ".socket", ".swap"};
  return std::any_of(std::begin(kEnds), std::end(kEnds), [name](std::string_view end) {
    return name.size() > end.size() && name.ends_with(end);
  });
}

std::string_view LastPart(std::string_view path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

CgroupName NameOfCgroup(std::string_view path) {
  CgroupName named;
  const std::string_view name = LastPart(path);
  const std::string_view above =
      path.substr(0, path.size() - std::min(name.size() + 1, path.size()));
  const std::string_view parent = LastPart(above);
  if (name.ends_with(".mount")) {
    named.kind = CgroupKind::kMount;
    return named;
  }
  std::string_view prefix;
  if (const auto id = FindId(name, prefix)) {
    named.kind = prefix.find("conmon") == std::string_view::npos ? CgroupKind::kContainer
                                                                 : CgroupKind::kHelper;
    named.id = *id;
    if (auto uid = PodUid(parent)) named.pod_uid = std::move(*uid);
    return named;
  }
  if (path.find("/kubepods") != std::string_view::npos) {
    if (auto uid = PodUid(name)) {
      named.kind = CgroupKind::kPod;
      named.pod_uid = std::move(*uid);
      return named;
    }
  }
  if (auto machine = MachineName(parent, name)) {
    named.kind = CgroupKind::kMachine;
    named.name = std::move(*machine);
  } else if (IsUnit(name)) {
    named.kind = CgroupKind::kUnit;
    named.name = name;
  }
  return named;
}

}  // namespace narthex::exporters
