#include "exporters/blackbox/cel_lexer.h"

#include <algorithm>
#include <charconv>

#include "common/bytes/numbers.h"

namespace narthex::blackbox {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsNameStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsHexDigit(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

void AppendUtf8(std::string& out, uint32_t rune) {
  const auto put = [&out](uint32_t byte) { out += static_cast<char>(byte); };
  if (rune < 0x80) return put(rune);
  if (rune < 0x800) {
    put(0xc0 | rune >> 6);
  } else {
    if (rune < 0x10000) {
      put(0xe0 | rune >> 12);
    } else {
      put(0xf0 | rune >> 18);
      put(0x80 | (rune >> 12 & 0x3f));
    }
    put(0x80 | (rune >> 6 & 0x3f));
  }
  put(0x80 | (rune & 0x3f));
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<CelToken>> Read() {
    std::vector<CelToken> tokens;
    for (;;) {
      SkipBlanks();
      CelToken token;
      token.column = at_ + 1;
      if (at_ == text_.size()) {
        tokens.push_back(token);
        return tokens;
      }
      const size_t begin = at_;
      RETURN_IF_ERROR(ReadOne(token));
      token.text = text_.substr(begin, at_ - begin);
      tokens.push_back(std::move(token));
    }
  }

 private:
  char Peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  void SkipBlanks() {
    for (;;) {
      while (at_ < text_.size() &&
             std::string_view(" \t\r\n\f").find(Peek()) != std::string_view::npos)
        ++at_;
      if (text_.substr(at_, 2) != "//") return;
      at_ = std::min(text_.find('\n', at_), text_.size());
    }
  }

  Status ReadOne(CelToken& token) {
    const char c = Peek();
    if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)))) return ReadNumber(token);
    const bool raw = (c == 'r' || c == 'R') && (Peek(1) == '"' || Peek(1) == '\'');
    if (raw) ++at_;
    if (raw || c == '"' || c == '\'') return ReadString(token, raw);
    if ((c == 'b' || c == 'B') && (Peek(1) == '"' || Peek(1) == '\''))
      return CelErrorAt(token.column, "bytes are not supported");
    if (IsNameStart(c)) {
      ReadName(token);
      return {};
    }
    constexpr std::string_view kSymbols[] = {"&&", "||", "<=", ">=", "==", "!=", "<", ">",
                                             "+",  "-",  "*",  "/",  "%",  "!",  "?", ":",
                                             "(",  ")",  "[",  "]",  "{",  "}",  ",", "."};
    for (const std::string_view symbol : kSymbols) {
      if (!text_.substr(at_).starts_with(symbol)) continue;
      at_ += symbol.size();
      token.kind = CelToken::Kind::kSymbol;
      return {};
    }
    return CelErrorAt(token.column, "unexpected " + Quote(text_.substr(at_, 1)));
  }

  void ReadName(CelToken& token) {
    const size_t begin = at_;
    while (IsNameStart(Peek()) || IsDigit(Peek())) ++at_;
    const std::string_view name = text_.substr(begin, at_ - begin);
    token.kind = CelToken::Kind::kName;
    if (name != "true" && name != "false" && name != "null") return;
    token.kind = CelToken::Kind::kLiteral;
    if (name != "null") token.value = {name == "true"};
  }

  Status ReadNumber(CelToken& token) {
    token.kind = CelToken::Kind::kLiteral;
    const size_t begin = at_;
    const bool hex = Peek() == '0' && (Peek(1) == 'x' || Peek(1) == 'X');
    if (hex) at_ += 2;
    bool real = false;
    for (;; ++at_) {
      const char c = Peek();
      if (hex ? IsHexDigit(c) : IsDigit(c)) continue;
      if (hex) break;
      const bool sign = (c == '+' || c == '-') && (text_[at_ - 1] == 'e' || text_[at_ - 1] == 'E');
      if (c != '.' && c != 'e' && c != 'E' && !sign) break;
      if (c == '.' && !IsDigit(Peek(1))) break;
      real = true;
    }
    const std::string_view digits = text_.substr(begin, at_ - begin);
    if (real) {
      const auto number = ParseDouble(digits);
      if (!number) return CelErrorAt(token.column, "no number: " + Quote(digits));
      token.value = {*number};
      return {};
    }
    uint64_t number = 0;
    const std::string_view plain = hex ? digits.substr(2) : digits;
    const auto [end, error] =
        std::from_chars(plain.data(), plain.data() + plain.size(), number, hex ? 16 : 10);
    const bool is_unsigned = Peek() == 'u' || Peek() == 'U';
    if (is_unsigned) ++at_;
    if (error != std::errc() || end != plain.data() + plain.size() ||
        (!is_unsigned && number > INT64_MAX))
      return CelErrorAt(token.column, "no integer of 64 bits: " + Quote(digits));
    if (is_unsigned) {
      token.value = {number};
    } else {
      token.value = {static_cast<int64_t>(number)};
    }
    return {};
  }

  Status ReadString(CelToken& token, bool raw) {
    token.kind = CelToken::Kind::kLiteral;
    const std::string quote(1, Peek());
    const std::string triple = quote + quote + quote;
    const std::string_view end = text_.substr(at_).starts_with(triple) ? triple : quote;
    at_ += end.size();
    std::string out;
    while (!text_.substr(at_).starts_with(end)) {
      if (at_ == text_.size() || (end.size() == 1 && Peek() == '\n'))
        return CelErrorAt(token.column, "string without end");
      if (Peek() != '\\' || raw) {
        out += text_[at_++];
        continue;
      }
      ++at_;
      RETURN_IF_ERROR(ReadEscape(out));
    }
    at_ += end.size();
    token.value = {std::move(out)};
    return {};
  }

  Status ReadEscape(std::string& out) {
    constexpr std::string_view kNames = "abfnrtv\\?\"'`";
    constexpr std::string_view kValues = "\a\b\f\n\r\t\v\\?\"'`";
    const char c = Peek();
    const size_t simple = c == '\0' ? std::string_view::npos : kNames.find(c);
    if (simple != std::string_view::npos) {
      out += kValues[simple];
      ++at_;
      return {};
    }
    const size_t size = c == 'x' || c == 'X' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 3;
    const bool octal = c >= '0' && c <= '3';
    if (!octal && size == 3) return CelErrorAt(at_, "unknown escape in a string");
    if (!octal) ++at_;
    const std::string_view digits = text_.substr(at_, size);
    uint32_t rune = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), rune, octal ? 8 : 16);
    const bool surrogate = rune >= 0xd800 && rune < 0xe000;
    if (digits.size() != size || error != std::errc() || end != digits.data() + size ||
        rune > 0x10ffff || surrogate)
      return CelErrorAt(at_, "broken escape in a string");
    at_ += size;
    AppendUtf8(out, rune);
    return {};
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

Status CelErrorAt(size_t column, std::string_view finding) {
  return InvalidArgument("column ", std::to_string(column), ": ", finding);
}

Result<std::vector<CelToken>> ReadCelTokens(std::string_view text) { return Lexer(text).Read(); }

}  // namespace narthex::blackbox
