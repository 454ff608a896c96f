#ifndef NARTHEX_SERVER_STORAGE_MATCHER_H_
#define NARTHEX_SERVER_STORAGE_MATCHER_H_

#include <optional>
#include <string>
#include <string_view>

#include "common/regex/regex.h"

namespace narthex::storage {

// One condition on a label. An absent label has the empty value, so name="" finds series without
// it.
class Matcher {
 public:
  enum class Op : unsigned char { kEqual, kNotEqual, kRegex, kNotRegex };

  // kInvalidArgument for a broken expression.
  static Result<Matcher> Make(Op op, std::string name, std::string value);

  bool Matches(std::string_view value) const;
  bool MatchesEmpty() const { return Matches(""); }
  bool negative() const { return op_ == Op::kNotEqual || op_ == Op::kNotRegex; }

  Op op() const { return op_; }
  const std::string& name() const { return name_; }
  const std::string& value() const { return value_; }

  // What the positive form of the matcher can take, when that is a list of texts.
  const std::vector<std::string>& literals() const { return literals_; }

  // job=~"a|b"
  std::string ToString() const;

 private:
  Matcher(Op op, std::string name, std::string value)
      : op_(op), name_(std::move(name)), value_(std::move(value)) {}

  Op op_;
  std::string name_;
  std::string value_;
  std::optional<Regex> regex_;
  std::vector<std::string> literals_;
};

}  // namespace narthex::storage

#endif  // NARTHEX_SERVER_STORAGE_MATCHER_H_
