#include "exporters/blackbox/dns_reader.h"

#include <fmt/format.h>

namespace narthex::blackbox {
namespace {

constexpr int kMaxJumps = 126;  // each leads further back, in a name of 255 bytes
constexpr size_t kMaxNameBytes = 255;
constexpr std::string_view kNameSpecial = ".\\\"();@$ ";

}  // namespace

uint8_t DnsReader::Byte() {
  const std::string_view bytes = Bytes(1);
  return bytes.empty() ? uint8_t{0} : static_cast<uint8_t>(bytes[0]);
}

uint16_t DnsReader::Short() {
  const auto high = static_cast<unsigned>(Byte());
  return static_cast<uint16_t>(high << 8 | Byte());
}

uint32_t DnsReader::Long() {
  const uint32_t high = Short();
  return high << 16 | Short();
}

std::string_view DnsReader::Bytes(size_t count) {
  if (!ok_ || count > left()) {
    ok_ = false;
    return {};
  }
  at_ += count;
  return message_.substr(at_ - count, count);
}

DnsReader DnsReader::Part(size_t count) {
  const size_t begin = at_;
  const bool fits = ok_ && count <= left();
  (void)Bytes(count);
  DnsReader part(message_, begin, fits ? begin + count : begin);
  if (!fits) part.Fail();
  return part;
}

std::string DnsReader::Name() {
  std::string out;
  size_t at = at_;
  size_t end = end_;  // behind a jump, that of the message
  bool jumped = false;
  int jumps = 0;
  size_t size = 0;
  while (ok_) {
    if (at >= end) break;
    const auto length = static_cast<uint8_t>(message_[at]);
    if (length == 0) {
      if (!jumped) at_ = at + 1;
      return out.empty() ? "." : out;
    }
    if ((length & 0xc0) == 0xc0) {
      if (at + 1 >= end || ++jumps > kMaxJumps) break;
      const size_t to =
          static_cast<size_t>(length & 0x3f) << 8 | static_cast<uint8_t>(message_[at + 1]);
      if (!jumped) at_ = at + 2;
      jumped = true;
      at = to;
      end = message_.size();
      continue;
    }
    size += length + 1U;
    if ((length & 0xc0) != 0 || at + 1 + length > end || size > kMaxNameBytes) break;
    AppendDnsEscaped(out, message_.substr(at + 1, length), kNameSpecial);
    out += '.';
    at += 1U + length;
  }
  ok_ = false;
  return {};
}

std::string DnsReader::QuotedText() {
  std::string out = "\"";
  AppendDnsEscaped(out, Bytes(Byte()), "\"\\");
  return out + "\"";
}

void AppendDnsEscaped(std::string& out, std::string_view bytes, std::string_view special) {
  for (const char c : bytes) {
    if (c < ' ' || c == 0x7f) {  // and those from 0x80 on, which are negative
      out += fmt::format("\\{:03d}", static_cast<unsigned>(static_cast<unsigned char>(c)));
      continue;
    }
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
}

}  // namespace narthex::blackbox
