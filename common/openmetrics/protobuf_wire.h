// The wire format of Protocol Buffers, as far as expositions use it:
// https://protobuf.dev/programming-guides/encoding/. A message is a run of fields, each a tag
// (number and wire type) and a value; a message within it is a field of bytes.
#ifndef NARTHEX_COMMON_OPENMETRICS_PROTOBUF_WIRE_H_
#define NARTHEX_COMMON_OPENMETRICS_PROTOBUF_WIRE_H_

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace narthex::openmetrics {

// Tags: a field's number with the wire type its value must have. One of another type is unknown.
constexpr uint32_t VarintTag(uint32_t number) { return number << 3; }
constexpr uint32_t DoubleTag(uint32_t number) { return number << 3 | 1; }
constexpr uint32_t BytesTag(uint32_t number) { return number << 3 | 2; }

constexpr int64_t UndoZigzag(uint64_t value) {
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}
constexpr uint64_t Zigzag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}

// Gives the fields of a message one by one.
//   WireReader fields(bytes);
//   while (fields.Next()) { if (fields.tag() == BytesTag(1)) name = fields.bytes(); }
//   if (fields.broken()) …
class WireReader {
 public:
  explicit WireReader(std::string_view message) : rest_(message) {}

  // False at the end, and where the message is cut or malformed.
  bool Next() {
    if (rest_.empty() || broken_) return false;
    const auto tag = TakeVarint();
    if (!tag || *tag >> 3 == 0 || *tag > UINT32_MAX) return Break();
    tag_ = static_cast<uint32_t>(*tag);
    switch (tag_ & 7) {
      case 0:
        return TakeNumber(TakeVarint());
      case 1:
        return TakeFixed(8);
      case 2:
        return TakeBytes();
      case 5:
        return TakeFixed(4);
      default:
        return Break();
    }
  }

  uint32_t tag() const { return tag_; }
  uint64_t varint() const { return varint_; }
  std::string_view bytes() const { return bytes_; }
  double number() const {
    double value = 0;
    std::memcpy(&value, bytes_.data(), sizeof value);
    return value;
  }
  bool broken() const { return broken_; }
  bool at_end() const { return rest_.empty(); }

  // For packed fields and sizes, which stand without a tag.
  std::optional<uint64_t> TakeVarint() {
    uint64_t value = 0;
    for (size_t i = 0; i < rest_.size() && i < 10; ++i) {
      const auto byte = static_cast<uint8_t>(rest_[i]);
      if (i == 9 && byte > 1) return std::nullopt;
      value |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
      if (byte < 0x80) {
        rest_.remove_prefix(i + 1);
        return value;
      }
    }
    return std::nullopt;
  }
  // As many bytes as the varint before them says.
  bool TakeBytes() {
    const auto size = TakeVarint();
    if (!size || *size > rest_.size()) return Break();
    return TakeFixed(static_cast<size_t>(*size));
  }

 private:
  bool Break() {
    broken_ = true;
    return false;
  }
  bool TakeNumber(std::optional<uint64_t> value) {
    if (!value) return Break();
    varint_ = *value;
    return true;
  }
  bool TakeFixed(size_t size) {
    if (rest_.size() < size) return Break();
    bytes_ = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }

  std::string_view rest_;
  uint32_t tag_ = 0;
  uint64_t varint_ = 0;
  std::string_view bytes_;
  bool broken_ = false;
};

inline size_t EncodeVarint(uint64_t value, char (&bytes)[10]) {
  size_t size = 0;
  for (; value >= 0x80; value >>= 7) bytes[size++] = static_cast<char>(value | 0x80);
  bytes[size++] = static_cast<char>(value);
  return size;
}

inline void AppendVarint(std::string& out, uint64_t value) {
  char bytes[10];
  out.append(bytes, EncodeVarint(value, bytes));
}

inline void AppendVarintField(std::string& out, uint32_t number, uint64_t value) {
  AppendVarint(out, VarintTag(number));
  AppendVarint(out, value);
}

inline void AppendDoubleField(std::string& out, uint32_t number, double value) {
  AppendVarint(out, DoubleTag(number));
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof bytes);
}

inline void AppendBytesField(std::string& out, uint32_t number, std::string_view bytes) {
  AppendVarint(out, BytesTag(number));
  AppendVarint(out, bytes.size());
  out.append(bytes);
}

// Puts the size of what `write` appends in front of it.
template <typename Write>
void AppendSized(std::string& out, Write write) {
  const size_t begin = out.size();
  write();
  char bytes[10];
  const size_t size = EncodeVarint(out.size() - begin, bytes);
  out.insert(begin, bytes, size);
}

template <typename Write>
void AppendMessageField(std::string& out, uint32_t number, Write write) {
  AppendVarint(out, BytesTag(number));
  AppendSized(out, write);
}

}  // namespace narthex::openmetrics

#endif  // NARTHEX_COMMON_OPENMETRICS_PROTOBUF_WIRE_H_
