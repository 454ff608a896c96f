// A place in the tokens of an expression, and the errors that name it. Parts of the parser share
// it.
#ifndef NARTHEX_SERVER_PROMQL_TOKEN_CURSOR_H_
#define NARTHEX_SERVER_PROMQL_TOKEN_CURSOR_H_

#include <string_view>
#include <vector>

#include "common/status/status.h"
#include "server/promql/ast.h"
#include "server/promql/lexer.h"

namespace narthex::promql {

class TokenCursor {
 public:
  // `text` outlives the cursor.
  TokenCursor(std::string_view text, int max_depth)
      : text_(text), tokens_(Tokenize(text)), max_depth_(max_depth) {}

  const Token& Peek(size_t ahead = 0) const;
  Token Take();

  bool IsOperator(std::string_view text) const;
  bool IsKeyword(std::string_view word) const;
  bool TakeOperator(std::string_view text);
  bool TakeKeyword(std::string_view word);

  // Where the token before this one ends.
  size_t last_end() const { return at_ > 0 ? tokens_[at_ - 1].end : 0; }

  Status Error(Place place, std::string_view finding) const {
    return ErrorAt(text_, place.begin, finding);
  }
  // "unexpected TOKEN in CONTEXT, expected WANTED"; empty parts are left out. What the lexer found
  // comes first.
  Status Unexpected(std::string_view context, std::string_view wanted) const;
  Status Want(std::string_view text, std::string_view context, std::string_view wanted);

  // Nesting is bounded, since trees are walked and destroyed by recursion. Enter() fails beyond the
  // bound; Leave() gives back levels.
  Status Enter();
  void Leave(int levels) { depth_ -= levels; }
  int depth() const { return depth_; }

 private:
  std::string_view text_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  int depth_ = 0;
  const int max_depth_;
};

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_TOKEN_CURSOR_H_
