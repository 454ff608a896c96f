#include "server/promql/lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "common/bytes/duration.h"
#include "common/labels/label_set.h"

namespace narthex::promql {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool IsHexDigit(char c) { return IsDigit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); }

constexpr std::string_view kTwoByteOperators[] = {"==", "!=", "=~", "!~", "<=", ">="};
constexpr std::string_view kOneByteOperators = "(){}[],:+-*/%^=<>@";

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<Token>> Run() {
    for (;;) {
      SkipSpace();
      Token token;
      token.begin = at_;
      if (at_ < text_.size()) RETURN_IF_ERROR(Read(token));
      token.end = at_;
      tokens_.push_back(token);
      if (token.kind == TokenKind::kEnd) return std::move(tokens_);
    }
  }

 private:
  char Peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  void SkipSpace() {
    while (at_ < text_.size() && (IsSpace(text_[at_]) || text_[at_] == '#')) {
      if (text_[at_] == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else {
        ++at_;
      }
    }
  }

  Status Read(Token& token) {
    const char c = Peek();
    if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)))) return ReadNumber(token);
    if (c == '"' || c == '\'' || c == '`') return ReadString(token);
    if (IsLetter(c) || (c == ':' && !InBrackets())) return ReadIdentifier(token);
    return ReadOperator(token);
  }

  // Between [ and ] a colon stands alone; elsewhere it may begin a name.
  bool InBrackets() const { return brackets_ > 0; }

  Status ReadIdentifier(Token& token) {
    token.kind = TokenKind::kIdentifier;
    while (IsLetter(Peek()) || IsDigit(Peek()) || (Peek() == ':' && !InBrackets()))
      token.text += text_[at_++];
    return {};
  }

  // A number, or a duration where a unit follows the digits.
  Status ReadNumber(Token& token) {
    const size_t begin = at_;
    const bool hexadecimal = Peek() == '0' && (Peek(1) | 0x20) == 'x';
    if (hexadecimal) {
      at_ += 2;
      while (IsHexDigit(Peek())) ++at_;
      token.kind = TokenKind::kNumber;
    } else {
      while (IsDigit(Peek()) || Peek() == '.') ++at_;
      const bool exponent =
          (Peek() | 0x20) == 'e' &&
          (IsDigit(Peek(1)) || ((Peek(1) == '+' || Peek(1) == '-') && IsDigit(Peek(2))));
      if (exponent) {
        at_ += 2;
        while (IsDigit(Peek())) ++at_;
        token.kind = TokenKind::kNumber;
      } else if (IsLetter(Peek())) {
        while (IsLetter(Peek()) || IsDigit(Peek())) ++at_;
        token.kind = TokenKind::kDuration;
      } else {
        token.kind = TokenKind::kNumber;
      }
    }
    token.text = text_.substr(begin, at_ - begin);
    if (token.kind == TokenKind::kDuration && !ParseDuration(token.text).ok()) {
      return ErrorAt(text_, begin, "bad number or duration syntax: " + Quote(token.text));
    }
    if (token.kind == TokenKind::kNumber && IsLetter(Peek())) {
      return ErrorAt(text_, begin, "bad number or duration syntax: " + Quote(token.text + Peek()));
    }
    return {};
  }

  Status ReadString(Token& token) {
    token.kind = TokenKind::kString;
    const size_t begin = at_;
    const char quote = text_[at_++];
    while (Peek() != quote || at_ >= text_.size()) {
      if (at_ >= text_.size()) return ErrorAt(text_, begin, "unterminated quoted string");
      if (quote != '`' && Peek() == '\n')
        return ErrorAt(text_, begin, "unterminated quoted string");
      if (quote != '`' && Peek() == '\\') {
        RETURN_IF_ERROR(ReadEscape(quote, token.text));
      } else {
        token.text += text_[at_++];
      }
    }
    ++at_;
    if (!IsValidUtf8(token.text)) return ErrorAt(text_, begin, "string is not UTF-8");
    return {};
  }

  // Go's escapes: \n and its like, \xHH, \OOO, \uHHHH, \UHHHHHHHH.
  Status ReadEscape(char quote, std::string& out) {
    constexpr std::string_view kLetters = "abfnrtv";
    constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v";
    const size_t begin = at_++;
    const char c = Peek();
    if (at_ >= text_.size()) return ErrorAt(text_, begin, "unterminated escape sequence");
    ++at_;
    if (const size_t letter = kLetters.find(c); letter != std::string_view::npos) {
      out += kMeanings[letter];
      return {};
    }
    if (c == '\\' || c == quote) {
      out += c;
      return {};
    }
    if (c == 'x') return ReadCode(begin, 2, 16, out);
    if (c == 'u') return ReadCode(begin, 4, 16, out);
    if (c == 'U') return ReadCode(begin, 8, 16, out);
    if (c >= '0' && c <= '7') {
      --at_;
      return ReadCode(begin, 3, 8, out);
    }
    return ErrorAt(text_, begin, std::string("unknown escape sequence \\") + c);
  }

  Status ReadCode(size_t begin, size_t digits, uint32_t base, std::string& out) {
    uint32_t code = 0;
    for (size_t i = 0; i < digits; ++i, ++at_) {
      const char c = Peek();
      const bool valid = base == 16 ? IsHexDigit(c) : c >= '0' && c <= '7';
      if (!valid) return ErrorAt(text_, begin, "escape sequence cut short");
      const int digit = IsDigit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
      code = code * base + static_cast<uint32_t>(digit);
    }
    if (digits < 4) {
      if (code > 0xff) return ErrorAt(text_, begin, "escape sequence out of range");
      out += static_cast<char>(code);
      return {};
    }
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
      return ErrorAt(text_, begin, "escape sequence is no Unicode character");
    }
    AppendUtf8(code, out);
    return {};
  }

  static void AppendUtf8(uint32_t code, std::string& out) {
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else if (code < 0x800) {
      out += static_cast<char>(0xc0 | code >> 6);
      out += static_cast<char>(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
      out += static_cast<char>(0xe0 | code >> 12);
      out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
      out += static_cast<char>(0x80 | (code & 0x3f));
    } else {
      out += static_cast<char>(0xf0 | code >> 18);
      out += static_cast<char>(0x80 | (code >> 12 & 0x3f));
      out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
      out += static_cast<char>(0x80 | (code & 0x3f));
    }
  }

  Status ReadOperator(Token& token) {
    token.kind = TokenKind::kOperator;
    const std::string_view two = text_.substr(at_, 2);
    if (std::find(std::begin(kTwoByteOperators), std::end(kTwoByteOperators), two) !=
        std::end(kTwoByteOperators)) {
      token.text = two;
    } else if (kOneByteOperators.find(Peek()) != std::string_view::npos) {
      token.text = text_.substr(at_, 1);
    } else {
      return ErrorAt(text_, at_, "unexpected character: " + Quote(text_.substr(at_, 1)));
    }
    if (token.text == "[") ++brackets_;
    if (token.text == "]") --brackets_;
    at_ += token.text.size();
    return {};
  }

  std::string_view text_;
  size_t at_ = 0;
  int brackets_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

Result<std::vector<Token>> Tokenize(std::string_view expression) { return Lexer(expression).Run(); }

Status ErrorAt(std::string_view expression, size_t offset, std::string_view finding) {
  const std::string_view before = expression.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const size_t line_begin =
      before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return InvalidArgument(
      fmt::format("{}:{}: parse error: {}", line, offset - line_begin + 1, finding));
}

}  // namespace narthex::promql
