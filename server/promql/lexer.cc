#include "server/promql/lexer.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/bytes/duration.h"
#include "server/promql/string_literal.h"

namespace narthex::promql {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsWordByte(char c) { return IsDigit(c) || IsLetter(c); }
bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

constexpr std::string_view kTwoByteOperators[] = {"==", "!=", "<=", ">=", "</", ">/"};
constexpr std::string_view kTwoByteMatchers[] = {"!=", "=~", "!~"};
constexpr std::string_view kOneByteOperators = "(){}[],:+-*/%^=<>@";

constexpr std::string_view kOperatorWords[] = {"and", "or", "unless", "atan2"};
constexpr std::string_view kAggregatorWords[] = {
    "sum",    "avg",  "count",   "min",          "max",      "group",  "stddev",
    "stdvar", "topk", "bottomk", "count_values", "quantile", "limitk", "limit_ratio"};
constexpr std::string_view kOtherWords[] = {
    "offset",     "smoothed",    "anchored", "by",        "without",    "on",   "ignoring",
    "group_left", "group_right", "fill",     "fill_left", "fill_right", "bool", "start",
    "end",        "step",        "range",    "max_of",    "min_of"};

template <size_t kCount>
bool Contains(const std::string_view (&words)[kCount], std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

bool IsKeyword(std::string_view word) {
  return Contains(kOperatorWords, word) || Contains(kAggregatorWords, word) ||
         Contains(kOtherWords, word);
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return lower;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<Token> Run() {
    for (;;) {
      SkipSpace();
      token_ = Token();
      token_.begin = at_;
      at_ < text_.size() ? Read() : ReadEnd();
      token_.end = at_;
      tokens_.push_back(std::move(token_));
      const TokenKind kind = tokens_.back().kind;
      if (kind == TokenKind::kEnd || kind == TokenKind::kError) return std::move(tokens_);
    }
  }

 private:
  char Peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool AtEnd() const { return at_ >= text_.size(); }

  void SkipSpace() {
    while (!AtEnd() && (IsSpace(Peek()) || Peek() == '#')) {
      if (Peek() == '#') {
        at_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
      } else {
        ++at_;
      }
    }
  }

  void Fail(std::string finding) {
    token_.kind = TokenKind::kError;
    token_.text = std::move(finding);
  }

  void ReadEnd() {
    if (in_braces_) {
      Fail("the query ends within braces: want \"}\"");
    } else if (parentheses_ > 0) {
      Fail("the query ends within parentheses: want \")\"");
    } else if (in_brackets_) {
      Fail("the query ends within brackets: want \"]\"");
    }
  }

  void Read() {
    const char c = Peek();
    if (c == '"' || c == '\'' || c == '`') return ReadString();
    if (in_braces_) return ReadInBraces();
    if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)))) return ReadNumberOrDuration();
    if (in_brackets_ && IsLetter(c)) return ReadDurationWord();
    if (IsLetter(c) || (c == ':' && !in_brackets_)) return ReadWord();
    ReadOperator();
  }

  void ReadString() {
    StringLiteralText read = ReadStringLiteral(text_, at_);
    if (!read.finding.empty()) return Fail(std::move(read.finding));
    token_.kind = TokenKind::kString;
    token_.text = std::move(read.value);
    at_ = read.end;
  }

  // Between braces every word is a name of a label.
  void ReadInBraces() {
    const char c = Peek();
    if (IsLetter(c)) {
      token_.kind = TokenKind::kIdentifier;
      token_.text = TakeWhile([](char x) { return IsWordByte(x); });
      return;
    }
    token_.kind = TokenKind::kOperator;
    if (Contains(kTwoByteMatchers, text_.substr(at_, 2))) return Take(2);
    if (c == '}') in_braces_ = false;
    if (c == '=' || c == ',' || c == '}') return Take(1);
    Fail(fmt::format("{} has no meaning between braces: want a label matcher, \",\" or \"}}\"",
                     Character()));
  }

  // Between brackets words are step, range, max_of and min_of only.
  void ReadDurationWord() {
    const size_t begin = at_;
    const std::string word = Lower(TakeWhile(IsLetter));
    token_.kind = TokenKind::kKeyword;
    token_.text = word;
    if (word == "step" || word == "range" || word == "max_of" || word == "min_of") return;
    at_ = begin;
    Fail(fmt::format("{} has no meaning here: want \":\", \"]\" or a duration", Character()));
  }

  void ReadWord() {
    const std::string word = TakeWhile([](char x) { return IsWordByte(x) || x == ':'; });
    const std::string lower = Lower(word);
    token_.text = word;
    if (lower == "inf" || lower == "nan") {
      token_.kind = TokenKind::kNumber;
    } else if (IsKeyword(lower) && (lower.rfind("fill", 0) != 0 || ParenthesisFollows())) {
      token_.kind = TokenKind::kKeyword;
      token_.text = lower;
    } else {
      token_.kind = word.find(':') == std::string::npos ? TokenKind::kIdentifier
                                                        : TokenKind::kMetricIdentifier;
    }
  }

  // fill, fill_left and fill_right are words of the language only before a parenthesis.
  bool ParenthesisFollows() const {
    const size_t next = text_.find_first_not_of(" \t\r\n", at_);
    return next != std::string_view::npos && text_[next] == '(';
  }

  void ReadNumberOrDuration() {
    const size_t begin = at_;
    TakeNumber();
    token_.kind = TokenKind::kNumber;
    if (IsWordByte(Peek())) {
      at_ = begin;
      token_.kind = TokenKind::kDuration;
      TakeWhile(IsWordByte);
    }
    token_.text = text_.substr(begin, at_ - begin);
    const bool bad = token_.text.find("__") != std::string::npos || token_.text.back() == '_' ||
                     (token_.kind == TokenKind::kDuration && !ParseDuration(token_.text).ok());
    if (bad) Fail(fmt::format("{} is neither a number nor a duration", Quote(token_.text)));
  }

  void TakeNumber() {
    if (Peek() == '0' && (Peek(1) == 'x' || Peek(1) == 'X')) {
      at_ += 2;
      TakeWhile([](char c) {
        return IsDigit(c) || c == '_' || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
      });
      return;
    }
    const auto digits = [](char c) { return IsDigit(c) || c == '_'; };
    TakeWhile(digits);
    if (Peek() == '.') {
      ++at_;
      TakeWhile(digits);
    }
    const size_t sign = Peek(1) == '+' || Peek(1) == '-' ? 1 : 0;
    if ((Peek() | 0x20) == 'e' && IsDigit(Peek(1 + sign))) {
      at_ += 1 + sign;
      TakeWhile(digits);
    }
  }

  void ReadOperator() {
    token_.kind = TokenKind::kOperator;
    if (Contains(kTwoByteOperators, text_.substr(at_, 2))) return Take(2);
    const char c = Peek();
    if (kOneByteOperators.find(c) == std::string_view::npos || c == '}')
      return Fail(fmt::format("{} has no meaning here", Character()));
    if (c == '=' && Peek(1) == '~') return Fail("\"=~\" is for labels between braces");
    if (c == '(') ++parentheses_;
    if (c == ')' && --parentheses_ < 0) return Fail("\")\" without a \"(\" before");
    if (c == '{') in_braces_ = true;
    if (c == '[' && in_brackets_) return Fail("\"[\" within brackets: want \"]\" first");
    if (c == ']' && !in_brackets_) return Fail("\"]\" without a \"[\" before");
    if (c == '[' || c == ']') in_brackets_ = c == '[';
    if (c == '[') colons_ = 0;
    if (c == ':' && (!in_brackets_ || ++colons_ > 1))
      return Fail("\":\" is for subqueries: [RANGE:STEP]");
    Take(1);
  }

  void Take(size_t bytes) {
    token_.text = text_.substr(at_, bytes);
    at_ += bytes;
  }
  template <typename Predicate>
  std::string TakeWhile(Predicate taken) {
    const size_t begin = at_;
    while (!AtEnd() && taken(Peek())) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }
  std::string Character() const {
    const std::string quoted = Quote(text_.substr(at_, 1));
    return "'" + quoted.substr(1, quoted.size() - 2) + "'";
  }

  std::string_view text_;
  size_t at_ = 0;
  int parentheses_ = 0;
  int colons_ = 0;  // since the bracket was opened
  bool in_brackets_ = false;
  bool in_braces_ = false;
  Token token_;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> Tokenize(std::string_view expression) { return Lexer(expression).Run(); }

std::string Describe(const Token& token, std::string_view expression) {
  const std::string quoted = Quote(expression.substr(token.begin, token.end - token.begin));
  switch (token.kind) {
    case TokenKind::kEnd:
      return "the end of the query";
    case TokenKind::kError:
      return token.text;
    case TokenKind::kIdentifier:
      return "identifier " + quoted;
    case TokenKind::kMetricIdentifier:
      return "metric identifier " + quoted;
    case TokenKind::kNumber:
      return "number " + quoted;
    case TokenKind::kDuration:
      return "duration " + quoted;
    case TokenKind::kString:
      return "string " + quoted;
    case TokenKind::kKeyword:
      return "word " + quoted;
    case TokenKind::kOperator:
      break;
  }
  const bool bracket = std::string_view("(){}[],:=").find(token.text) != std::string_view::npos;
  return bracket ? quoted : "<op:" + token.text + ">";
}

std::string LineAndColumn(std::string_view expression, size_t offset) {
  const std::string_view before = expression.substr(0, std::min(offset, expression.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const size_t line_feed = before.rfind('\n');
  const size_t line_begin = line_feed == std::string_view::npos ? 0 : line_feed + 1;
  return fmt::format("{}:{}", line, before.size() - line_begin + 1);
}

Status ErrorAt(std::string_view expression, size_t offset, std::string_view finding) {
  return InvalidArgument(LineAndColumn(expression, offset), ": parse error: ", finding);
}

}  // namespace narthex::promql
