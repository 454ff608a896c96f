#include "server/storage/matcher.h"

#include "common/labels/label_set.h"

namespace narthex::storage {

Result<Matcher> Matcher::Make(Op op, std::string name, std::string value) {
  Matcher matcher(op, std::move(name), std::move(value));
  if (op == Op::kRegex || op == Op::kNotRegex) {
    ASSIGN_OR_RETURN(matcher.regex_, Regex::Compile(matcher.value_));
    matcher.literals_ = matcher.regex_->literals();
  } else {
    matcher.literals_ = {matcher.value_};
  }
  return matcher;
}

bool Matcher::Matches(std::string_view value) const {
  const bool taken = regex_ ? regex_->Matches(value) : value == value_;
  return taken != negative();
}

std::string Matcher::ToString() const {
  constexpr std::string_view kOps[] = {"=", "!=", "=~", "!~"};
  std::string out;
  if (IsLegacyLabelName(name_)) {
    out = name_;
  } else {
    AppendQuoted(out, name_);
  }
  out += kOps[static_cast<size_t>(op_)];
  AppendQuoted(out, value_);
  return out;
}

}  // namespace narthex::storage
