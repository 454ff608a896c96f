#include "exporters/blackbox/dns_message.h"

#include <algorithm>

#include "exporters/blackbox/dns_names.h"
#include "exporters/blackbox/dns_record_text.h"

namespace narthex::blackbox {
namespace {

constexpr uint16_t kOpt = 41;
constexpr size_t kMaxLabelBytes = 63;
constexpr size_t kMaxNameBytes = 255;
// Compressed names let a message make text of many times its size.
constexpr size_t kMaxTextBytes = 4 << 20;

void PutShort(std::string& out, unsigned value) {
  out += static_cast<char>(value >> 8 & 0xff);
  out += static_cast<char>(value & 0xff);
}

// One label of a name, up to its dot; \. and \DDD stand for bytes.
std::string TakeLabel(std::string_view& name) {
  std::string label;
  while (!name.empty() && name.front() != '.') {
    char c = name.front();
    name.remove_prefix(1);
    if (c == '\\' && !name.empty()) {
      const auto digit = [&](size_t i) { return name[i] >= '0' && name[i] <= '9'; };
      if (name.size() >= 3 && digit(0) && digit(1) && digit(2)) {
        c = static_cast<char>((name[0] - '0') * 100 + (name[1] - '0') * 10 + (name[2] - '0'));
        name.remove_prefix(3);
      } else {
        c = name.front();
        name.remove_prefix(1);
      }
    }
    label += c;
  }
  return label;
}

Status PutName(std::string& out, std::string_view name) {
  const std::string_view whole = name;
  const size_t begin = out.size();
  if (name == ".") name = {};
  while (!name.empty()) {
    const std::string label = TakeLabel(name);
    if (label.empty() || label.size() > kMaxLabelBytes)
      return InvalidArgument("no name of DNS: ", Quote(whole));
    out += static_cast<char>(label.size());
    out += label;
    if (!name.empty()) name.remove_prefix(1);
  }
  out += '\0';
  if (out.size() - begin > kMaxNameBytes) return InvalidArgument("no name of DNS: ", Quote(whole));
  return {};
}

std::string OptText(uint16_t size, uint32_t flags, DnsReader& data) {
  std::string text =
      "\n;; OPT PSEUDOSECTION:\n; EDNS: version " + std::to_string(flags >> 16 & 0xff) + "; flags:";
  if ((flags & 0x8000) != 0) text += " do";
  (void)data.Rest();
  return text + "; udp: " + std::to_string(size);
}

// SOA: the number behind two names.
std::optional<uint32_t> SoaSerial(uint16_t type, DnsReader data) {
  if (type != kDnsTypeSoa) return std::nullopt;
  (void)data.Name();
  (void)data.Name();
  return data.Long();
}

Status ReadRecords(DnsReader& reader, unsigned count, std::vector<DnsResourceRecord>& records,
                   DnsMessage& message, size_t& text_bytes) {
  for (unsigned i = 0; i < count; ++i) {
    const std::string name = reader.Name();
    const uint16_t type = reader.Short();
    const uint16_t dns_class = reader.Short();
    const uint32_t ttl = reader.Long();
    DnsReader data = reader.Part(reader.Short());
    DnsResourceRecord record{type, {}, SoaSerial(type, data)};
    if (type == kOpt) {
      message.rcode |= static_cast<int>(ttl >> 24 << 4);
      record.text = OptText(dns_class, ttl, data);
    } else {
      // An empty record names what is not there, in updates.
      const std::string text = data.left() == 0 ? "" : DnsDataText(type, data);
      record.text = name + "\t" + std::to_string(ttl) + "\t" + DnsClassName(dns_class) + "\t" +
                    DnsTypeName(type) + "\t" + text;
    }
    if (!reader.ok() || !data.ok()) return Corruption("DNS: broken record");
    text_bytes += record.text.size();
    if (text_bytes > kMaxTextBytes) return LimitReached("DNS: records make more than 4 MB of text");
    records.push_back(std::move(record));
  }
  return {};
}

}  // namespace

Result<std::string> EncodeDnsQuery(uint16_t id, const DnsQuestion& question,
                                   bool recursion_desired) {
  std::string out;
  PutShort(out, id);
  PutShort(out, recursion_desired ? 0x0100 : 0);
  PutShort(out, 1);
  out.append(6, '\0');
  RETURN_IF_ERROR(PutName(out, question.name));
  PutShort(out, question.type);
  PutShort(out, question.dns_class);
  return out;
}

Result<DnsMessage> ParseDnsMessage(std::string_view message) {
  DnsReader reader(message, 0, message.size());
  DnsMessage out;
  out.id = reader.Short();
  const unsigned flags = reader.Short();
  out.is_response = (flags & 0x8000) != 0;
  out.truncated = (flags & 0x0200) != 0;
  out.rcode = static_cast<int>(flags & 15);
  const unsigned questions = reader.Short();
  const unsigned answers = reader.Short();
  const unsigned authorities = reader.Short();
  const unsigned additionals = reader.Short();
  for (unsigned i = 0; i < questions && reader.ok(); ++i) {
    (void)reader.Name();
    (void)reader.Long();
  }
  if (!reader.ok()) return Corruption("DNS: broken head or question");
  size_t text_bytes = 0;
  RETURN_IF_ERROR(ReadRecords(reader, answers, out.answer, out, text_bytes));
  RETURN_IF_ERROR(ReadRecords(reader, authorities, out.authority, out, text_bytes));
  RETURN_IF_ERROR(ReadRecords(reader, additionals, out.additional, out, text_bytes));
  return out;
}

}  // namespace narthex::blackbox
