#include "exporters/blackbox/cel_program.h"

#include <algorithm>

#include "exporters/blackbox/cel_parser.h"

namespace narthex::blackbox {
namespace {

using Kind = CelNode::Kind;

constexpr size_t kMaxSteps = 10'000'000;
constexpr size_t kStepsBetweenLooks = 1000;

// Code points, as CEL counts them.
int64_t Length(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
}

class Evaluator {
 public:
  Evaluator(CelValue body, const std::function<bool()>& expired) : expired_(expired) {
    slots_.push_back(std::move(body));
  }

  Result<CelValue> Evaluate(const CelNode& node) {
    if (++steps_ > kMaxSteps) return LimitReached("more than ten million steps");
    if (steps_ % kStepsBetweenLooks == 0 && expired_()) return Timeout("no result in time");
    switch (node.kind) {
      case Kind::kLiteral:
        return node.value;
      case Kind::kVariable:
        return slots_[node.slot];
      case Kind::kField:
      case Kind::kHas:
        return EvaluateField(node);
      case Kind::kIndex:
        return EvaluateIndex(node);
      case Kind::kList:
        return EvaluateList(node);
      case Kind::kMap:
        return EvaluateMap(node);
      case Kind::kNot:
      case Kind::kNegate:
        return EvaluateSign(node);
      case Kind::kOperation:
        return EvaluateOperation(node);
      case Kind::kAnd:
        return EvaluateLogic(node, false);
      case Kind::kOr:
        return EvaluateLogic(node, true);
      case Kind::kCondition: {
        ASSIGN_OR_RETURN(const bool first, EvaluateBool(*node.arguments[0]));
        return Evaluate(*node.arguments[first ? 1 : 2]);
      }
      case Kind::kCall:
        return EvaluateCall(node);
      case Kind::kMacro:
        return EvaluateMacro(node);
    }
    return InvalidArgument("unknown expression");
  }

  Result<bool> EvaluateBool(const CelNode& node) {
    ASSIGN_OR_RETURN(const CelValue value, Evaluate(node));
    if (const bool* boolean = value.As<bool>()) return *boolean;
    return InvalidArgument("want a bool, got ", CelTypeName(value));
  }

 private:
  static CelValue Wrap(CelList list) { return {std::make_shared<const CelList>(std::move(list))}; }

  Result<CelValue> EvaluateField(const CelNode& node) {
    ASSIGN_OR_RETURN(const CelValue of, Evaluate(*node.arguments[0]));
    const CelMap* map = of.map();
    if (map == nullptr)
      return InvalidArgument("no field ", Quote(node.name), " in a ", CelTypeName(of));
    const auto found = map->find(node.name);
    if (node.kind == Kind::kHas) return CelValue{found != map->end()};
    if (found == map->end()) return InvalidArgument("no such key: ", Quote(node.name));
    return found->second;
  }

  Result<CelValue> EvaluateIndex(const CelNode& node) {
    ASSIGN_OR_RETURN(const CelValue of, Evaluate(*node.arguments[0]));
    ASSIGN_OR_RETURN(const CelValue at, Evaluate(*node.arguments[1]));
    if (const CelMap* map = of.map()) {
      const auto* key = at.As<std::string>();
      const auto found = key == nullptr ? map->end() : map->find(*key);
      if (found == map->end()) return InvalidArgument("no such key");
      return found->second;
    }
    const CelList* list = of.list();
    if (list == nullptr || !at.is_number())
      return InvalidArgument("no index of type ", CelTypeName(at), " in a ", CelTypeName(of));
    ASSIGN_OR_RETURN(const CelValue whole, CelConvert("int", at));
    const int64_t index = *whole.As<int64_t>();
    if (!CelEqual(whole, at) || index < 0 || static_cast<size_t>(index) >= list->size())
      return InvalidArgument("index out of range");
    return (*list)[static_cast<size_t>(index)];
  }

  Result<CelValue> EvaluateList(const CelNode& node) {
    CelList list;
    for (const auto& argument : node.arguments) {
      ASSIGN_OR_RETURN(CelValue item, Evaluate(*argument));
      list.push_back(std::move(item));
    }
    return Wrap(std::move(list));
  }

  Result<CelValue> EvaluateMap(const CelNode& node) {
    CelMap map;
    for (size_t i = 0; i + 1 < node.arguments.size(); i += 2) {
      ASSIGN_OR_RETURN(const CelValue key, Evaluate(*node.arguments[i]));
      if (key.As<std::string>() == nullptr) return InvalidArgument("want strings as keys of a map");
      ASSIGN_OR_RETURN(map[*key.As<std::string>()], Evaluate(*node.arguments[i + 1]));
    }
    return CelValue{std::make_shared<const CelMap>(std::move(map))};
  }

  Result<CelValue> EvaluateSign(const CelNode& node) {
    if (node.kind == Kind::kNot) {
      ASSIGN_OR_RETURN(const bool value, EvaluateBool(*node.arguments[0]));
      return CelValue{!value};
    }
    ASSIGN_OR_RETURN(const CelValue value, Evaluate(*node.arguments[0]));
    if (const auto* real = value.As<double>()) return CelValue{-*real};
    return CelArithmetic('-', CelValue{int64_t{0}}, value);
  }

  Result<CelValue> EvaluateOperation(const CelNode& node) {
    ASSIGN_OR_RETURN(const CelValue a, Evaluate(*node.arguments[0]));
    ASSIGN_OR_RETURN(const CelValue b, Evaluate(*node.arguments[1]));
    const std::string& name = node.name;
    if (name == "==") return CelValue{CelEqual(a, b)};
    if (name == "!=") return CelValue{!CelEqual(a, b)};
    if (name == "in") return EvaluateIn(a, b);
    if (name[0] != '<' && name[0] != '>') return CelArithmetic(name[0], a, b);
    ASSIGN_OR_RETURN(const int order, CelCompare(a, b));
    const bool or_equal = name.size() > 1 && order == 0;
    return CelValue{or_equal || (name[0] == '<' ? order < 0 : order > 0)};
  }

  static Result<CelValue> EvaluateIn(const CelValue& item, const CelValue& of) {
    if (const CelMap* map = of.map()) {
      const auto* key = item.As<std::string>();
      return CelValue{key != nullptr && map->find(*key) != map->end()};
    }
    const CelList* list = of.list();
    if (list == nullptr) return InvalidArgument("nothing is in a ", CelTypeName(of));
    return CelValue{std::any_of(list->begin(), list->end(),
                                [&](const CelValue& other) { return CelEqual(item, other); })};
  }

  // `decisive` is what decides alone, whatever becomes of the other side.
  Result<CelValue> EvaluateLogic(const CelNode& node, bool decisive) {
    const auto a = EvaluateBool(*node.arguments[0]);
    if (a.ok() && *a == decisive) return CelValue{decisive};
    const auto b = EvaluateBool(*node.arguments[1]);
    if (b.ok() && *b == decisive) return CelValue{decisive};
    if (!a.ok()) return a.status();
    if (!b.ok()) return b.status();
    return CelValue{!decisive};
  }

  Result<CelValue> EvaluateCall(const CelNode& node) {
    ASSIGN_OR_RETURN(const CelValue of, Evaluate(*node.arguments[0]));
    if (node.name == "size") return Size(of);
    if (node.arguments.size() == 1) return CelConvert(node.name, of);
    ASSIGN_OR_RETURN(const CelValue with, Evaluate(*node.arguments[1]));
    const auto* text = of.As<std::string>();
    const auto* part = with.As<std::string>();
    if (text == nullptr || part == nullptr) return InvalidArgument(node.name, "() wants strings");
    if (node.name == "contains") return CelValue{text->find(*part) != std::string::npos};
    if (node.name == "startsWith") return CelValue{text->starts_with(*part)};
    if (node.name == "endsWith") return CelValue{text->ends_with(*part)};
    if (node.arguments[1]->kind == Kind::kLiteral) return CelValue{node.regex.FindsIn(*text)};
    ASSIGN_OR_RETURN(const SearchRegex regex, SearchRegex::Compile(*part));
    return CelValue{regex.FindsIn(*text)};
  }

  static Result<CelValue> Size(const CelValue& of) {
    if (const auto* text = of.As<std::string>()) return CelValue{Length(*text)};
    if (const CelList* list = of.list()) return CelValue{static_cast<int64_t>(list->size())};
    if (const CelMap* map = of.map()) return CelValue{static_cast<int64_t>(map->size())};
    return InvalidArgument("no size of a ", CelTypeName(of));
  }

  Result<CelValue> EvaluateMacro(const CelNode& node) {
    ASSIGN_OR_RETURN(const CelValue of, Evaluate(*node.arguments[0]));
    CelList keys;
    if (const CelMap* map = of.map()) {
      for (const auto& [key, value] : *map) keys.push_back(CelValue{key});
    }
    const CelList* items = of.map() != nullptr ? &keys : of.list();
    if (items == nullptr) return InvalidArgument(node.name, "() of a ", CelTypeName(of));
    slots_.resize(std::max(slots_.size(), node.slot + 1));
    if (node.name == "map" || node.name == "filter") return Transform(node, *items);
    return Count(node, *items);
  }

  // all, exists and exists_one. An item on which the condition fails matters unless another
  // decides.
  Result<CelValue> Count(const CelNode& node, const CelList& items) {
    size_t matching = 0;
    Status failure;
    for (const CelValue& item : items) {
      slots_[node.slot] = item;
      const auto matches = EvaluateBool(*node.arguments[1]);
      if (!matches.ok()) {
        if (matches.code() != Code::kInvalidArgument || node.name == "exists_one")
          return matches.status();
        failure = matches.status();
        continue;
      }
      if (node.name == "all" && !*matches) return CelValue{false};
      if (node.name == "exists" && *matches) return CelValue{true};
      matching += static_cast<size_t>(*matches);
    }
    if (!failure.ok()) return failure;
    if (node.name == "exists_one") return CelValue{matching == 1};
    return CelValue{node.name == "all"};
  }

  Result<CelValue> Transform(const CelNode& node, const CelList& items) {
    const bool is_filter = node.name == "filter";
    const bool has_condition = is_filter || node.arguments.size() == 3;
    CelList out;
    for (const CelValue& item : items) {
      slots_[node.slot] = item;
      if (has_condition) {
        ASSIGN_OR_RETURN(const bool wanted, EvaluateBool(*node.arguments[1]));
        if (!wanted) continue;
      }
      if (is_filter) {
        out.push_back(item);
        continue;
      }
      ASSIGN_OR_RETURN(CelValue made, Evaluate(*node.arguments.back()));
      out.push_back(std::move(made));
    }
    return Wrap(std::move(out));
  }

  const std::function<bool()>& expired_;
  size_t steps_ = 0;
  std::vector<CelValue> slots_;
};

}  // namespace

CelProgram::CelProgram() = default;
CelProgram::~CelProgram() = default;
CelProgram::CelProgram(const CelProgram&) = default;
CelProgram& CelProgram::operator=(const CelProgram&) = default;

Result<CelProgram> CelProgram::Compile(std::string_view expression) {
  ASSIGN_OR_RETURN(std::unique_ptr<CelNode> root,
                   ParseCel(expression).Prefixed("CEL " + Quote(expression)));
  CelProgram program;
  program.expression_ = expression;
  program.root_ = std::move(root);
  return program;
}

Result<bool> CelProgram::Evaluate(std::string_view json,
                                  const std::function<bool()>& expired) const {
  ASSIGN_OR_RETURN(CelValue body, CelFromJson(json));
  return Evaluator(std::move(body), expired).EvaluateBool(*root_);
}

}  // namespace narthex::blackbox
