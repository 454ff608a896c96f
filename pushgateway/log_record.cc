#include "pushgateway/log_record.h"

namespace narthex::pushgateway {
namespace {

void AppendVarint(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

void AppendString(std::string& out, std::string_view text) {
  AppendVarint(out, text.size());
  out += text;
}

void AppendTime(std::string& out, int64_t time_ms) {
  for (int shift = 0; shift < 64; shift += 8) {
    out += static_cast<char>(static_cast<uint64_t>(time_ms) >> shift);
  }
}

// Reads fields off the front of its bytes. After a failure everything reads as zero.
class FieldReader {
 public:
  explicit FieldReader(std::string_view bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  bool AtEnd() const { return rest_.empty(); }

  uint8_t Byte() { return rest_.empty() ? Fail() : static_cast<uint8_t>(Take(1).front()); }

  uint64_t Varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const uint8_t byte = Byte();
      value |= uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) return value;
    }
    return Fail();
  }

  // A count of things that take at least `size` bytes each.
  size_t Count(size_t size) {
    const uint64_t count = Varint();
    return count <= rest_.size() / size ? count : Fail();
  }

  std::string_view String() { return Take(Count(1)); }

  int64_t Time() {
    const std::string_view bytes = rest_.size() < 8 ? (Fail(), std::string_view()) : Take(8);
    uint64_t value = 0;
    for (size_t i = bytes.size(); i-- > 0;)
      value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return static_cast<int64_t>(value);
  }

 private:
  uint8_t Fail() {
    ok_ = false;
    rest_ = {};
    return 0;
  }
  std::string_view Take(size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view rest_;
  bool ok_ = true;
};

Result<GroupKey> ReadKey(FieldReader& in) {
  std::vector<LabelPair> labels;
  std::string job;
  for (size_t count = in.Count(2); count > 0; --count) {
    LabelPair label{std::string(in.String()), ""};
    label.value = in.String();
    if (label.name == "job") {
      job = std::move(label.value);
    } else {
      labels.push_back(std::move(label));
    }
  }
  return GroupKey::Of(job, std::move(labels));
}

}  // namespace

void AppendRecordHead(std::string& out, RecordKind kind, const GroupKey& key,
                      const GroupTimes& times, size_t family_count) {
  out += static_cast<char>(kind);
  AppendVarint(out, key.labels().size());
  for (const LabelPair& label : key.labels()) {
    AppendString(out, label.name);
    AppendString(out, label.value);
  }
  if (kind == RecordKind::kDelete) return;
  AppendTime(out, times.push_ms);
  AppendTime(out, times.failure_ms);
  AppendVarint(out, family_count);
}

void AppendFamilyRecord(std::string& out, const FamilyRecord& family, std::string_view header) {
  AppendString(out, family.name);
  AppendTime(out, family.time_ms);
  out += static_cast<char>(family.encoding);
  AppendVarint(out, header.size() + family.body.size());
  out += header;
  out += family.body;
}

Result<LogRecord> ParseRecord(std::string_view bytes) {
  FieldReader in(bytes);
  LogRecord record;
  const uint8_t kind = in.Byte();
  if (kind < 1 || kind > 3) return Corruption("record of unknown kind ", std::to_string(kind));
  record.kind = static_cast<RecordKind>(kind);
  auto key = ReadKey(in);
  if (!in.ok()) return Corruption("record cut short");
  if (!key.ok()) return Corruption("record of no group: ", key.message());
  record.key = *std::move(key);
  if (record.kind != RecordKind::kDelete) {
    record.times.push_ms = in.Time();
    record.times.failure_ms = in.Time();
    for (size_t count = in.Count(11); count > 0; --count) {
      FamilyRecord family{.name = in.String(), .time_ms = in.Time()};
      const uint8_t encoding = in.Byte();
      if (encoding > 1) return Corruption("family of unknown encoding");
      family.encoding = static_cast<FamilyEncoding>(encoding);
      family.body = in.String();
      record.families.push_back(family);
    }
  }
  if (!in.ok() || !in.AtEnd()) return Corruption("record cut short or too long");
  return record;
}

}  // namespace narthex::pushgateway
