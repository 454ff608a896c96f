#include "pushgateway/group_key.h"

#include <algorithm>

#include "pushgateway/escaped_name.h"

namespace narthex::pushgateway {
namespace {

constexpr std::string_view kBase64 = "@base64";

int Base64Digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '-') return 62;
  return c == '_' ? 63 : -1;
}

// RFC 4648, section 5. Any padding is ignored.
Result<std::string> DecodeBase64(std::string_view text) {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  if (text.size() % 4 == 1) return InvalidArgument("cut short");
  std::string out;
  uint32_t bits = 0;
  int bit_count = 0;
  for (char c : text) {
    const int digit = Base64Digit(c);
    if (digit < 0) return InvalidArgument("a character that is not of base64url");
    bits = (bits << 6 | static_cast<uint32_t>(digit)) & 0xffff;
    bit_count += 6;
    if (bit_count < 8) continue;
    bit_count -= 8;
    out += static_cast<char>(bits >> bit_count);
  }
  return out;
}

// With at least one sign of padding, so that nothing is not empty.
std::string EncodeBase64(std::string_view text) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  uint32_t bits = 0;
  int bit_count = 0;
  for (char c : text) {
    bits = (bits << 8 | static_cast<unsigned char>(c)) & 0xffff;
    for (bit_count += 8; bit_count >= 6; bit_count -= 6)
      out += kDigits[bits >> (bit_count - 6) & 63];
  }
  if (bit_count > 0) out += kDigits[bits << (6 - bit_count) & 63];
  return out + "=";
}

// Takes the part before the next slash off `path`. A slash at the end leaves an empty part.
std::string_view TakePart(std::string_view& path, bool& more) {
  const size_t slash = path.find('/');
  const std::string_view part = path.substr(0, slash);
  more = slash != std::string_view::npos;
  path.remove_prefix(more ? slash + 1 : path.size());
  return part;
}

// Reads NAME[@base64]/VALUE. `more` says whether a slash followed.
Result<LabelPair> TakeLabel(std::string_view& path, bool& more) {
  std::string_view name = TakePart(path, more);
  if (!more) return InvalidArgument("label ", Quote(name), " has no value in the path");
  const std::string_view value = TakePart(path, more);
  if (!name.ends_with(kBase64)) return LabelPair{std::string(name), std::string(value)};
  name.remove_suffix(kBase64.size());
  auto decoded = DecodeBase64(value);
  if (!decoded.ok()) {
    return InvalidArgument("invalid base64 of label ", name, "=", Quote(value), ": ",
                           decoded.message());
  }
  return LabelPair{std::string(name), *std::move(decoded)};
}

Status CheckName(const std::string& written, std::string& name, bool utf8_names) {
  if (utf8_names) name = UnescapeName(written);
  const bool valid = utf8_names ? !name.empty() && IsValidUtf8(name) : IsLegacyLabelName(name);
  if (!valid || written.starts_with("__") || name.starts_with("__"))
    return InvalidArgument("improper label name ", Quote(written));
  return {};
}

}  // namespace

Result<GroupKey> GroupKey::Of(std::string_view job, std::vector<LabelPair> labels) {
  if (job.empty()) return InvalidArgument("job name is required");
  labels.push_back({"job", std::string(job)});
  // Of equal names, the later comes first and stays.
  std::reverse(labels.begin(), labels.end());
  std::stable_sort(labels.begin(), labels.end(),
                   [](const LabelPair& a, const LabelPair& b) { return a.name < b.name; });
  labels.erase(std::unique(labels.begin(), labels.end(),
                           [](const LabelPair& a, const LabelPair& b) { return a.name == b.name; }),
               labels.end());
  for (const LabelPair& label : labels) {
    if (!IsValidUtf8(label.value)) {
      return InvalidArgument("value of grouping label ", Quote(label.name),
                             " is not UTF-8: ", Quote(label.value));
    }
  }
  GroupKey key;
  key.labels_ = std::move(labels);
  return key;
}

const LabelPair* GroupKey::Find(std::string_view name) const {
  for (const LabelPair& label : labels_) {
    if (label.name == name) return &label;
  }
  return nullptr;
}

std::string GroupKey::ToPath(bool utf8_names) const {
  std::string path = "job@base64/" + EncodeBase64(job());
  for (const LabelPair& label : labels_) {
    if (label.name == "job") continue;
    path += '/';
    path += utf8_names ? EscapeForPath(label.name) : label.name;
    path += "@base64/" + EncodeBase64(label.value);
  }
  return path;
}

std::string GroupKey::ShowLabels(const std::vector<LabelPair>& labels) {
  std::string out = "{";
  for (const LabelPair& label : labels) {
    if (out.size() > 1) out += ',';
    if (IsLegacyLabelName(label.name)) {
      out += label.name;
    } else {
      AppendQuoted(out, label.name);
    }
    out += '=';
    AppendQuoted(out, label.value);
  }
  return out + "}";
}

Result<GroupKey> ParseGroupPath(std::string_view path, bool utf8_names) {
  bool more = false;
  ASSIGN_OR_RETURN(const LabelPair job, TakeLabel(path, more));
  if (job.name != "job") return InvalidArgument("the path must begin with the job");
  std::vector<LabelPair> labels;
  while (more && !(labels.empty() && path.empty())) {  // job/x/ is job/x
    ASSIGN_OR_RETURN(LabelPair label, TakeLabel(path, more));
    const std::string written = label.name;
    RETURN_IF_ERROR(CheckName(written, label.name, utf8_names));
    labels.push_back(std::move(label));
  }
  return GroupKey::Of(job.value, std::move(labels));
}

}  // namespace narthex::pushgateway
