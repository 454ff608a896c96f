#include "common/labels/label_set.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace narthex {
namespace {

char* PutSized(char* out, std::string_view text) {
  size_t size = text.size();
  for (; size >= 0x80; size >>= 7) *out++ = static_cast<char>(size | 0x80);
  *out++ = static_cast<char>(size);
  return std::copy(text.begin(), text.end(), out);
}

// At most, with its text.
size_t SizedBytes(std::string_view text) {
  constexpr size_t kMostSizeBytes = 10;
  return text.size() + (text.size() < 0x80 ? 1 : kMostSizeBytes);
}

std::string_view ReadSized(const char*& at) {
  size_t size = 0;
  for (unsigned shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(*at++);
    size |= static_cast<size_t>(byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  const std::string_view text(at, size);
  at += size;
  return text;
}

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsLegacyName(std::string_view name, bool allow_colon) {
  if (name.empty() || IsDigit(name[0])) return false;
  return std::all_of(name.begin(), name.end(), [allow_colon](char c) {
    return IsLetter(c) || IsDigit(c) || (allow_colon && c == ':');
  });
}

// Bytes of the UTF-8 sequence at the front, zero if it is none. Overlong forms, surrogates and what
// lies beyond U+10FFFF are none.
size_t Utf8SequenceSize(std::string_view text) {
  const auto byte = [text](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return 0;
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const bool bad = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xed && byte(1) > 0x9f) ||
                   (lead == 0xf0 && byte(1) < 0x90) || (lead == 0xf4 && byte(1) > 0x8f);
  return bad ? 0 : size;
}

}  // namespace

LabelSet LabelSet::Of(std::initializer_list<Label> labels) {
  std::vector<Label> copy(labels);
  return From(copy);
}

LabelSet LabelSet::From(std::vector<Label>& labels) {
  const auto by_name = [](const Label& a, const Label& b) { return a.name < b.name; };
  // As nearly always.
  if (!std::is_sorted(labels.begin(), labels.end(), by_name))
    std::sort(labels.begin(), labels.end(), by_name);
  assert(std::adjacent_find(labels.begin(), labels.end(), [](const Label& a, const Label& b) {
           return a.name == b.name;
         }) == labels.end());
  size_t most = 0;
  for (const Label& label : labels) most += SizedBytes(label.name) + SizedBytes(label.value);
  LabelSet set;
  set.bytes_.resize(most);
  char* end = set.bytes_.data();
  for (const Label& label : labels) {
    if (label.value.empty()) continue;
    end = PutSized(end, label.name);
    end = PutSized(end, label.value);
  }
  set.bytes_.resize(static_cast<size_t>(end - set.bytes_.data()));
  return set;
}

size_t LabelSet::size() const { return static_cast<size_t>(std::distance(begin(), end())); }

std::string_view LabelSet::Get(std::string_view name) const {
  for (const Label label : *this) {
    if (label.name == name) return label.value;
  }
  return {};
}

std::string LabelSet::ToString() const {
  std::string out;
  const std::string_view name = Get(kMetricName);
  const bool plain_name = IsLegacyMetricName(name);
  if (plain_name) out += name;
  std::string inside;
  if (!name.empty() && !plain_name) AppendQuoted(inside, name);
  for (const Label label : *this) {
    if (label.name == kMetricName) continue;
    if (!inside.empty()) inside += ", ";
    if (IsLegacyLabelName(label.name)) {
      inside += label.name;
    } else {
      AppendQuoted(inside, label.name);
    }
    inside += '=';
    AppendQuoted(inside, label.value);
  }
  if (inside.empty() && !out.empty()) return out;
  return out + '{' + inside + '}';
}

Label LabelSet::Iterator::operator*() const {
  const char* at = at_;
  const std::string_view name = ReadSized(at);
  return {name, ReadSized(at)};
}

LabelSet::Iterator& LabelSet::Iterator::operator++() {
  ReadSized(at_);
  ReadSized(at_);
  return *this;
}

bool operator<(const LabelSet& a, const LabelSet& b) {
  auto i = a.begin();
  auto j = b.begin();
  for (; i != a.end() && j != b.end(); ++i, ++j) {
    const Label x = *i;
    const Label y = *j;
    if (const int order = x.name.compare(y.name); order != 0) return order < 0;
    if (const int order = x.value.compare(y.value); order != 0) return order < 0;
  }
  return i == a.end() && j != b.end();
}

LabelSetBuilder::LabelSetBuilder(const LabelSet& base) {
  for (const Label label : base) {
    entries_.push_back({std::string(label.name), std::string(label.value)});
  }
}

LabelSetBuilder& LabelSetBuilder::Set(std::string_view name, std::string_view value) {
  if (value.empty()) return Remove(name);
  for (Entry& entry : entries_) {
    if (entry.name == name) {
      entry.value = value;
      return *this;
    }
  }
  entries_.push_back({std::string(name), std::string(value)});
  return *this;
}

LabelSetBuilder& LabelSetBuilder::Remove(std::string_view name) {
  entries_.erase(std::remove_if(entries_.begin(), entries_.end(),
                                [name](const Entry& entry) { return entry.name == name; }),
                 entries_.end());
  return *this;
}

std::string_view LabelSetBuilder::Get(std::string_view name) const {
  for (const Entry& entry : entries_) {
    if (entry.name == name) return entry.value;
  }
  return {};
}

LabelSet LabelSetBuilder::Build() const {
  std::vector<Label> labels;
  labels.reserve(entries_.size());
  for (const Entry& entry : entries_) labels.push_back({entry.name, entry.value});
  return LabelSet::From(labels);
}

bool IsLegacyMetricName(std::string_view name) { return IsLegacyName(name, true); }
bool IsLegacyLabelName(std::string_view name) { return IsLegacyName(name, false); }

bool IsValidUtf8(std::string_view text) {
  while (!text.empty()) {
    uint64_t eight = 0;
    if (text.size() >= sizeof eight) {
      std::memcpy(&eight, text.data(), sizeof eight);
      if ((eight & 0x8080808080808080U) == 0) {
        text.remove_prefix(sizeof eight);
        continue;
      }
    }
    const size_t size = Utf8SequenceSize(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

void AppendQuoted(std::string& out, std::string_view text) {
  out += '"';
  for (char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
  out += '"';
}

}  // namespace narthex
