// Reads the wire format of DNS within bounds. For dns_message.cc and dns_record_text.cc.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_DNS_READER_H_
#define NARTHEX_EXPORTERS_BLACKBOX_DNS_READER_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace narthex::blackbox {

// A place in a message. What would lie behind the end is 0 or empty, and makes the reader fail.
class DnsReader {
 public:
  DnsReader(std::string_view message, size_t begin, size_t end)
      : message_(message), at_(begin), end_(end) {}

  bool ok() const { return ok_; }
  size_t at() const { return at_; }
  size_t left() const { return end_ - at_; }
  void Fail() { ok_ = false; }

  uint8_t Byte();
  uint16_t Short();
  uint32_t Long();
  std::string_view Bytes(size_t count);
  std::string_view Rest() { return Bytes(left()); }

  // A name as text with a dot at its end, compressed or not; special bytes are escaped.
  std::string Name();
  // A counted text in quotes, escaped.
  std::string QuotedText();

  // A reader of the next bytes alone, which may follow compressed names anywhere.
  DnsReader Part(size_t count);

 private:
  std::string_view message_;
  size_t at_;
  size_t end_;
  bool ok_ = true;
};

// What may follow a backslash in a text of a zone file, and what needs one there. RFC 1035, 5.1.
void AppendDnsEscaped(std::string& out, std::string_view bytes, std::string_view special);

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_DNS_READER_H_
