#include "server/promql/string_literal.h"

#include <cstdint>

#include "common/labels/label_set.h"

namespace narthex::promql {
namespace {

constexpr int kNoDigit = 16;

int DigitValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : kNoDigit;
}

void AppendUtf8(uint32_t code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
    return;
  }
  const int tail = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  constexpr unsigned char kLead[] = {0, 0xc0, 0xe0, 0xf0};
  out += static_cast<char>(kLead[tail] | (code >> (6 * tail)));
  for (int i = tail - 1; i >= 0; --i) out += static_cast<char>(0x80 | ((code >> (6 * i)) & 0x3f));
}

class StringReader {
 public:
  StringReader(std::string_view text, size_t begin)
      : text_(text), quote_(text[begin]), at_(begin + 1) {}

  StringLiteralText Read() {
    while (out_.finding.empty()) {
      if (at_ >= text_.size()) {
        Fail("the string does not end");
      } else if (text_[at_] == quote_) {
        ++at_;
        break;
      } else if (quote_ != '`' && text_[at_] == '\n') {
        Fail("the string does not end on its line");
      } else if (quote_ != '`' && text_[at_] == '\\') {
        ReadEscape();
      } else {
        out_.value += text_[at_++];
      }
    }
    out_.end = at_;
    if (out_.finding.empty() && !escaped_bytes_ && !IsValidUtf8(out_.value))
      Fail("the string is not UTF-8");
    return std::move(out_);
  }

 private:
  void Fail(std::string_view finding) { out_.finding = finding; }

  // \n and its like, \xHH, \OOO, \uHHHH, \UHHHHHHHH.
  void ReadEscape() {
    constexpr std::string_view kLetters = "abfnrtv";
    constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v";
    if (++at_ >= text_.size()) return Fail("the escape sequence is cut short");
    const char c = text_[at_++];
    if (const size_t letter = kLetters.find(c); letter != std::string_view::npos) {
      out_.value += kMeanings[letter];
    } else if (c == '\\' || c == quote_) {
      out_.value += c;
    } else if (c == 'x') {
      ReadCode(2, 16);
    } else if (c == 'u') {
      ReadCode(4, 16);
    } else if (c == 'U') {
      ReadCode(8, 16);
    } else if (c >= '0' && c <= '7') {
      --at_;
      ReadCode(3, 8);
    } else {
      out_.finding = std::string("unknown escape sequence \\") + c;
    }
  }

  void ReadCode(int digits, int base) {
    uint32_t code = 0;
    for (int i = 0; i < digits; ++i, ++at_) {
      if (at_ >= text_.size()) return Fail("the escape sequence is cut short");
      const int digit = DigitValue(text_[at_]);
      if (digit >= base) return Fail("no digit of the escape sequence");
      code = code * static_cast<uint32_t>(base) + static_cast<uint32_t>(digit);
    }
    const bool is_byte = digits < 4;
    if (code > (is_byte ? 0xffU : 0x10ffffU) || (code >= 0xd800 && code < 0xe000))
      return Fail("the escape sequence names no character of Unicode");
    if (is_byte) {
      out_.value += static_cast<char>(code);
      escaped_bytes_ = escaped_bytes_ || code >= 0x80;
    } else {
      AppendUtf8(code, out_.value);
    }
  }

  std::string_view text_;
  const char quote_;
  size_t at_;
  bool escaped_bytes_ = false;  // by \x or \OOO any byte may be written
  StringLiteralText out_;
};

}  // namespace

StringLiteralText ReadStringLiteral(std::string_view text, size_t begin) {
  return StringReader(text, begin).Read();
}

}  // namespace narthex::promql
