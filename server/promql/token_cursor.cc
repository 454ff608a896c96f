#include "server/promql/token_cursor.h"

#include <fmt/format.h>

#include <algorithm>

namespace narthex::promql {

const Token& TokenCursor::Peek(size_t ahead) const {
  return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
}

Token TokenCursor::Take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }

bool TokenCursor::IsOperator(std::string_view text) const {
  return Peek().kind == TokenKind::kOperator && Peek().text == text;
}

bool TokenCursor::IsKeyword(std::string_view word) const {
  return Peek().kind == TokenKind::kKeyword && Peek().text == word;
}

bool TokenCursor::TakeOperator(std::string_view text) {
  if (!IsOperator(text)) return false;
  Take();
  return true;
}

bool TokenCursor::TakeKeyword(std::string_view word) {
  if (!IsKeyword(word)) return false;
  Take();
  return true;
}

Status TokenCursor::Unexpected(std::string_view context, std::string_view wanted) const {
  const Token& token = Peek();
  if (token.kind == TokenKind::kError) return ErrorAt(text_, token.begin, token.text);
  const std::string_view where = context.empty() ? "" : " in ";
  const std::string_view what = wanted.empty() ? "an expression" : wanted;
  return ErrorAt(text_, token.begin,
                 fmt::format("want {}{}{}, got {}", what, where, context, Describe(token, text_)));
}

Status TokenCursor::Want(std::string_view text, std::string_view context, std::string_view wanted) {
  if (TakeOperator(text)) return {};
  return Unexpected(context, wanted);
}

Status TokenCursor::Enter() {
  if (++depth_ <= max_depth_) return {};
  return ErrorAt(text_, Peek().begin,
                 fmt::format("expression is nested deeper than {} levels", max_depth_));
}

}  // namespace narthex::promql
