#include "exporters/blackbox/cel_parser.h"

#include <algorithm>

#include "exporters/blackbox/cel_lexer.h"

namespace narthex::blackbox {
namespace {

using Kind = CelNode::Kind;
using NodePtr = std::unique_ptr<CelNode>;

constexpr int kMaxDepth = 200;
constexpr size_t kMaxTokens = 10'000;

// Functions and methods: with how many arguments, the receiver of a method among them.
struct Function {
  std::string_view name;
  size_t arguments;
  bool as_function;
  bool as_method;
};
constexpr Function kFunctions[] = {
    {"contains", 2, false, true}, {"double", 1, true, false},     {"endsWith", 2, false, true},
    {"int", 1, true, false},      {"matches", 2, true, true},     {"size", 1, true, true},
    {"string", 1, true, false},   {"startsWith", 2, false, true}, {"uint", 1, true, false}};

constexpr std::string_view kMacros[] = {"all", "exists", "exists_one", "filter", "map"};

constexpr std::string_view kReserved[] = {
    "as", "break", "const", "continue", "else",      "for",    "function", "if",   "import",
    "in", "let",   "loop",  "package",  "namespace", "return", "var",      "void", "while"};

template <size_t kCount>
bool IsIn(const std::string_view (&names)[kCount], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

NodePtr NewNode(Kind kind, std::string_view name = {}) {
  auto node = std::make_unique<CelNode>();
  node->kind = kind;
  node->name = name;
  return node;
}

// Precedence climbs from the condition to the primary, a function a level.
class Parser {
 public:
  explicit Parser(std::vector<CelToken> tokens) : tokens_(std::move(tokens)) {}

  Result<NodePtr> ParseAll() {
    ASSIGN_OR_RETURN(NodePtr root, ParseCondition());
    if (Now().kind != CelToken::Kind::kEnd) return Unexpected();
    return root;
  }

 private:
  const CelToken& Now() const { return tokens_[at_]; }
  bool Is(std::string_view symbol) const {
    return Now().kind == CelToken::Kind::kSymbol && Now().text == symbol;
  }
  bool Take(std::string_view symbol) {
    if (!Is(symbol)) return false;
    ++at_;
    return true;
  }
  Status Want(std::string_view symbol) {
    if (Take(symbol)) return {};
    return CelErrorAt(Now().column, "want " + Quote(symbol));
  }
  Status Unexpected() const {
    if (Now().kind == CelToken::Kind::kEnd)
      return CelErrorAt(Now().column, "the expression ends too early");
    return CelErrorAt(Now().column, "unexpected " + Quote(Now().text));
  }

  Result<NodePtr> ParseCondition() {
    if (depth_ >= kMaxDepth) return CelErrorAt(Now().column, "nested too deeply");
    ++depth_;
    auto node = ParseConditionHere();
    --depth_;
    return node;
  }

  Result<NodePtr> ParseConditionHere() {
    ASSIGN_OR_RETURN(NodePtr first, ParseOr());
    if (!Take("?")) return first;
    NodePtr node = NewNode(Kind::kCondition);
    node->arguments.push_back(std::move(first));
    ASSIGN_OR_RETURN(NodePtr second, ParseOr());
    node->arguments.push_back(std::move(second));
    RETURN_IF_ERROR(Want(":"));
    ASSIGN_OR_RETURN(NodePtr third, ParseCondition());
    node->arguments.push_back(std::move(third));
    return node;
  }

  // A chain of one level: its operators are told from others by `take`, which gives their name.
  template <typename Next, typename TakeOperator>
  Result<NodePtr> ParseChain(Kind kind, Next next, TakeOperator take) {
    ASSIGN_OR_RETURN(NodePtr left, next());
    for (int length = 0;; ++length) {
      const std::string_view name = take();
      if (name.empty()) return left;
      if (length >= kMaxDepth) return CelErrorAt(Now().column, "chain of operators too long");
      NodePtr node = NewNode(kind, name);
      node->arguments.push_back(std::move(left));
      ASSIGN_OR_RETURN(NodePtr right, next());
      node->arguments.push_back(std::move(right));
      left = std::move(node);
    }
  }

  template <size_t kCount>
  std::string_view TakeOneOf(const std::string_view (&names)[kCount]) {
    for (const std::string_view name : names) {
      if (Take(name)) return name;
    }
    return {};
  }

  Result<NodePtr> ParseOr() {
    constexpr std::string_view kNames[] = {"||"};
    return ParseChain(
        Kind::kOr, [this] { return ParseAnd(); }, [&] { return TakeOneOf(kNames); });
  }
  Result<NodePtr> ParseAnd() {
    constexpr std::string_view kNames[] = {"&&"};
    return ParseChain(
        Kind::kAnd, [this] { return ParseRelation(); }, [&] { return TakeOneOf(kNames); });
  }
  Result<NodePtr> ParseRelation() {
    constexpr std::string_view kNames[] = {"<=", ">=", "==", "!=", "<", ">"};
    const auto take = [&]() -> std::string_view {
      if (Now().kind == CelToken::Kind::kName && Now().text == "in") {
        ++at_;
        return "in";
      }
      return TakeOneOf(kNames);
    };
    return ParseChain(
        Kind::kOperation, [this] { return ParseSum(); }, take);
  }
  Result<NodePtr> ParseSum() {
    constexpr std::string_view kNames[] = {"+", "-"};
    return ParseChain(
        Kind::kOperation, [this] { return ParseProduct(); }, [&] { return TakeOneOf(kNames); });
  }
  Result<NodePtr> ParseProduct() {
    constexpr std::string_view kNames[] = {"*", "/", "%"};
    return ParseChain(
        Kind::kOperation, [this] { return ParseUnary(); }, [&] { return TakeOneOf(kNames); });
  }

  Result<NodePtr> ParseUnary() {
    std::vector<Kind> marks;
    while (Is("!") || Is("-")) {
      if (marks.size() >= kMaxDepth) return CelErrorAt(Now().column, "chain of operators too long");
      marks.push_back(Is("!") ? Kind::kNot : Kind::kNegate);
      ++at_;
    }
    ASSIGN_OR_RETURN(NodePtr node, ParseMember());
    for (auto mark = marks.rbegin(); mark != marks.rend(); ++mark) {
      NodePtr outer = NewNode(*mark);
      outer->arguments.push_back(std::move(node));
      node = std::move(outer);
    }
    return node;
  }

  Result<NodePtr> ParseMember() {
    ASSIGN_OR_RETURN(NodePtr node, ParsePrimary());
    for (int length = 0; Is(".") || Is("["); ++length) {
      if (length >= kMaxDepth) return CelErrorAt(Now().column, "chain of fields too long");
      if (Take("[")) {
        NodePtr index = NewNode(Kind::kIndex);
        index->arguments.push_back(std::move(node));
        ASSIGN_OR_RETURN(NodePtr at, ParseCondition());
        index->arguments.push_back(std::move(at));
        RETURN_IF_ERROR(Want("]"));
        node = std::move(index);
        continue;
      }
      ++at_;
      ASSIGN_OR_RETURN(node, ParseSelection(std::move(node)));
    }
    return node;
  }

  // Behind a dot: a field, a method or a macro.
  Result<NodePtr> ParseSelection(NodePtr of) {
    if (Now().kind != CelToken::Kind::kName) return Unexpected();
    const CelToken name = Now();
    ++at_;
    if (!Is("(")) {
      NodePtr field = NewNode(Kind::kField, name.text);
      field->arguments.push_back(std::move(of));
      return field;
    }
    if (IsIn(kMacros, name.text)) return ParseMacro(name, std::move(of));
    std::vector<NodePtr> arguments;
    arguments.push_back(std::move(of));
    RETURN_IF_ERROR(ParseArguments(arguments));
    return MakeCall(name, std::move(arguments), true);
  }

  Status ParseArguments(std::vector<NodePtr>& arguments) {
    RETURN_IF_ERROR(Want("("));
    return ParseItems(")", arguments);
  }

  Status ParseItems(std::string_view end, std::vector<NodePtr>& items) {
    while (!Take(end)) {
      ASSIGN_OR_RETURN(NodePtr item, ParseCondition());
      items.push_back(std::move(item));
      if (Take(",")) continue;
      return Want(end);
    }
    return {};
  }

  static Result<NodePtr> MakeCall(const CelToken& name, std::vector<NodePtr> arguments,
                                  bool is_method) {
    const auto* row = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                                   [&](const Function& f) { return f.name == name.text; });
    const bool known =
        row != std::end(kFunctions) && (is_method ? row->as_method : row->as_function);
    if (!known) return CelErrorAt(name.column, "unsupported function " + Quote(name.text));
    if (arguments.size() != row->arguments)
      return CelErrorAt(name.column, "wrong number of arguments for " + Quote(name.text));
    NodePtr call = NewNode(Kind::kCall, name.text);
    call->arguments = std::move(arguments);
    const CelNode& last = *call->arguments.back();
    if (name.text == "matches" && last.kind == Kind::kLiteral) {
      const auto* pattern = last.value.As<std::string>();
      if (pattern == nullptr) return CelErrorAt(name.column, "want a string as the pattern");
      auto regex = SearchRegex::Compile(*pattern);
      if (!regex.ok()) return CelErrorAt(name.column, regex.message());
      call->regex = *std::move(regex);
    }
    return call;
  }

  Result<NodePtr> ParseMacro(const CelToken& name, NodePtr of) {
    NodePtr macro = NewNode(Kind::kMacro, name.text);
    macro->arguments.push_back(std::move(of));
    RETURN_IF_ERROR(Want("("));
    if (Now().kind != CelToken::Kind::kName) return Unexpected();
    variables_.push_back(Now().text);
    macro->slot = variables_.size();
    ++at_;
    RETURN_IF_ERROR(Want(","));
    RETURN_IF_ERROR(ParseItems(")", macro->arguments));
    variables_.pop_back();
    const size_t most = name.text == "map" ? 3 : 2;
    if (macro->arguments.size() < 2 || macro->arguments.size() > most)
      return CelErrorAt(name.column, "wrong number of arguments for " + Quote(name.text));
    return macro;
  }

  Result<NodePtr> ParsePrimary() {
    const CelToken token = Now();
    if (token.kind == CelToken::Kind::kLiteral) {
      ++at_;
      NodePtr literal = NewNode(Kind::kLiteral);
      literal->value = token.value;
      return literal;
    }
    if (token.kind == CelToken::Kind::kName) return ParseName(token);
    if (Take("(")) {
      ASSIGN_OR_RETURN(NodePtr node, ParseCondition());
      RETURN_IF_ERROR(Want(")"));
      return node;
    }
    if (Take("[")) {
      NodePtr list = NewNode(Kind::kList);
      RETURN_IF_ERROR(ParseItems("]", list->arguments));
      return list;
    }
    if (Take("{")) return ParseMap();
    return Unexpected();
  }

  Result<NodePtr> ParseName(const CelToken& name) {
    if (IsIn(kReserved, name.text)) return Unexpected();
    ++at_;
    if (Is("(")) {
      std::vector<NodePtr> arguments;
      RETURN_IF_ERROR(ParseArguments(arguments));
      if (name.text != "has") return MakeCall(name, std::move(arguments), false);
      if (arguments.size() != 1 || arguments[0]->kind != Kind::kField)
        return CelErrorAt(name.column, "has() wants one field, as in has(body.a)");
      arguments[0]->kind = Kind::kHas;
      return std::move(arguments[0]);
    }
    NodePtr node = NewNode(Kind::kVariable, name.text);
    const auto inner = std::find(variables_.rbegin(), variables_.rend(), name.text);
    node->slot = static_cast<size_t>(variables_.rend() - inner);
    if (inner == variables_.rend() && name.text != "body") {
      return CelErrorAt(name.column,
                        "unknown name " + Quote(name.text) + "; the answer is \"body\"");
    }
    return node;
  }

  Result<NodePtr> ParseMap() {
    NodePtr map = NewNode(Kind::kMap);
    while (!Take("}")) {
      ASSIGN_OR_RETURN(NodePtr key, ParseCondition());
      RETURN_IF_ERROR(Want(":"));
      ASSIGN_OR_RETURN(NodePtr value, ParseCondition());
      map->arguments.push_back(std::move(key));
      map->arguments.push_back(std::move(value));
      if (Take(",")) continue;
      RETURN_IF_ERROR(Want("}"));
      break;
    }
    return map;
  }

  const std::vector<CelToken> tokens_;
  size_t at_ = 0;
  int depth_ = 0;
  std::vector<std::string_view> variables_;  // of the macros around
};

}  // namespace

Result<std::unique_ptr<CelNode>> ParseCel(std::string_view text) {
  ASSIGN_OR_RETURN(std::vector<CelToken> tokens, ReadCelTokens(text));
  if (tokens.size() > kMaxTokens) return InvalidArgument("more than ten thousand words");
  return Parser(std::move(tokens)).ParseAll();
}

}  // namespace narthex::blackbox
