#include "server/promql/selector_parser.h"

#include "common/labels/label_set.h"

namespace narthex::promql {
namespace {

using storage::Matcher;

bool TakeMatchOp(TokenCursor& cursor, Matcher::Op& op) {
  struct Row {
    std::string_view text;
    Matcher::Op op;
  };
  constexpr Row kRows[] = {{"=", Matcher::Op::kEqual},
                           {"!=", Matcher::Op::kNotEqual},
                           {"=~", Matcher::Op::kRegex},
                           {"!~", Matcher::Op::kNotRegex}};
  for (const Row& row : kRows) {
    if (!cursor.TakeOperator(row.text)) continue;
    op = row.op;
    return true;
  }
  return false;
}

Result<Matcher> ParseMatcher(TokenCursor& cursor) {
  const Token name = cursor.Peek();
  if (name.kind != TokenKind::kIdentifier && name.kind != TokenKind::kString)
    return cursor.Unexpected("a label matcher", "a label or \"}\"");
  cursor.Take();
  Matcher::Op op = Matcher::Op::kEqual;
  if (!TakeMatchOp(cursor, op)) {
    if (name.kind == TokenKind::kString && (cursor.IsOperator(",") || cursor.IsOperator("}")))
      return Matcher::Make(Matcher::Op::kEqual, std::string(kMetricName), name.text);
    return cursor.Unexpected(
        "a label matcher", name.kind == TokenKind::kString ? "\",\" or \"}\"" : "=, !=, =~ or !~");
  }
  const Token value = cursor.Peek();
  if (value.kind != TokenKind::kString) return cursor.Unexpected("a label matcher", "a string");
  cursor.Take();
  auto matcher = Matcher::Make(op, name.text, value.text);
  if (!matcher.ok()) return cursor.Error({name.begin, value.end}, matcher.message());
  return matcher;
}

bool IsLabelWord(const Token& token) {
  return token.kind == TokenKind::kIdentifier || token.kind == TokenKind::kMetricIdentifier ||
         token.kind == TokenKind::kKeyword || token.kind == TokenKind::kString;
}

}  // namespace

bool IsValidLabelName(std::string_view name) { return !name.empty() && IsValidUtf8(name); }

Result<std::vector<Matcher>> ParseBraces(TokenCursor& cursor) {
  cursor.Take();
  std::vector<Matcher> matchers;
  while (!cursor.TakeOperator("}")) {
    ASSIGN_OR_RETURN(Matcher matcher, ParseMatcher(cursor));
    matchers.push_back(std::move(matcher));
    if (cursor.TakeOperator(",") || cursor.IsOperator("}")) continue;
    return cursor.Unexpected("a label matcher", "\",\" or \"}\"");
  }
  return matchers;
}

Result<std::vector<std::string>> ParseLabelList(TokenCursor& cursor) {
  RETURN_IF_ERROR(cursor.Want("(", "a list of labels", "\"(\""));
  std::vector<std::string> labels;
  while (!cursor.TakeOperator(")")) {
    const Token token = cursor.Peek();
    if (!IsLabelWord(token)) return cursor.Unexpected("a list of labels", "a label");
    cursor.Take();
    if (!IsValidLabelName(token.text))
      return cursor.Error({token.begin, token.end}, Quote(token.text) + " is no name of a label");
    labels.push_back(token.text);
    if (cursor.TakeOperator(",") || cursor.IsOperator(")")) continue;
    return cursor.Unexpected("a list of labels", "\",\" or \")\"");
  }
  return labels;
}

}  // namespace narthex::promql
