// narthex-tool promql format and label-matchers: expressions as text, changed or laid out.
#include <algorithm>
#include <iostream>

#include "common/labels/label_set.h"
#include "server/promql/parser.h"
#include "server/promql/pretty.h"
#include "tool/command.h"
#include "tool/commands.h"

namespace narthex::tool {
namespace {

using promql::Expr;
using promql::Selector;
using storage::Matcher;

Result<Matcher::Op> ParseOp(std::string_view text) {
  if (text == "=") return Matcher::Op::kEqual;
  if (text == "!=") return Matcher::Op::kNotEqual;
  if (text == "=~") return Matcher::Op::kRegex;
  if (text == "!~") return Matcher::Op::kNotRegex;
  return InvalidArgument("--type: want =, !=, =~ or !~, got ", Quote(text));
}

// Visits every selector of an expression.
template <typename Visit>
void ForEachSelector(Expr& expr, const Visit& visit) {
  if (auto* selector = std::get_if<Selector>(&expr.node)) visit(*selector);
  for (Expr* child : promql::Children(expr)) ForEachSelector(*child, visit);
}

// What `label-matchers` is asked to do.
struct Options {
  std::string action;
  std::string type = "=";
  std::string query, name, value;
};

Result<std::string> Change(const Options& options) {
  const bool set = options.action == "set";
  if (!set && options.action != "delete")
    return InvalidArgument("want set or delete, got ", Quote(options.action));
  if (options.name.empty()) return InvalidArgument("there is no NAME of a label");
  ASSIGN_OR_RETURN(const Matcher::Op op, ParseOp(options.type));
  ASSIGN_OR_RETURN(const promql::ExprPtr expr,
                   promql::Parse(options.query, promql::ParserOptions::All()));
  ASSIGN_OR_RETURN(const Matcher matcher, Matcher::Make(op, options.name, options.value));
  ForEachSelector(*expr, [&](Selector& selector) {
    auto& matchers = selector.matchers;
    const auto is_named = [&](const Matcher& one) { return one.name() == options.name; };
    const auto first = std::find_if(matchers.begin(), matchers.end(), is_named);
    if (!set) {
      std::erase_if(matchers, is_named);
      if (options.name == kMetricName) selector.name.clear();
    } else if (first == matchers.end()) {
      matchers.push_back(matcher);
    } else {
      *first = matcher;
    }
  });
  return promql::PrettyPrint(*expr);
}

Status Print(const Result<std::string>& text, std::ostream& out) {
  RETURN_IF_ERROR(text.status());
  out << *text << "\n";
  return {};
}

Result<std::string> Format(const std::string& query) {
  ASSIGN_OR_RETURN(const promql::ExprPtr expr, promql::Parse(query, promql::ParserOptions::All()));
  return promql::PrettyPrint(*expr);
}

}  // namespace

int PromqlFormat(const std::vector<std::string>& arguments, std::ostream& out,
                 std::ostream& problems) {
  std::string query;
  cli::Flags flags("narthex-tool promql format", "Lays an expression out over lines.");
  flags.AddArgument("QUERY", &query, "The expression.");
  return RunCommand(flags, arguments, out, problems, [&] { return Print(Format(query), out); });
}

int PromqlLabelMatchers(const std::vector<std::string>& arguments, std::ostream& out,
                        std::ostream& problems) {
  Options options;
  cli::Flags flags("narthex-tool promql label-matchers",
                   "Sets or deletes the matcher of a label in all selectors of an expression.");
  flags.Add("type", &options.type, "Of the matcher to set: =, !=, =~ or !~.", "OPERATOR");
  flags.AddArgument("ACTION", &options.action, "set or delete.");
  flags.AddArgument("QUERY", &options.query, "The expression.");
  flags.AddArgument("NAME", &options.name, "Of the label.");
  flags.AddArgument("VALUE", &options.value, "What it is to match, for set.");
  return RunCommand(flags, arguments, out, problems, [&] { return Print(Change(options), out); },
                    {{'t', "type"}});
}

}  // namespace narthex::tool
