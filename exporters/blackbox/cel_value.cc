#include "exporters/blackbox/cel_value.h"

#include <simdjson.h>

#include <array>
#include <cmath>
#include <limits>

#include "common/bytes/numbers.h"

namespace narthex::blackbox {
namespace {

constexpr size_t kMaxValues = 1'000'000;

// A number of any type; every int64_t and uint64_t fits a long double of 64 bits mantissa.
long double Number(const CelValue& value) {
  if (const auto* signed_value = value.As<int64_t>())
    return static_cast<long double>(*signed_value);
  if (const auto* unsigned_value = value.As<uint64_t>())
    return static_cast<long double>(*unsigned_value);
  return static_cast<long double>(*value.As<double>());
}

template <typename T>
Result<CelValue> WholeArithmetic(char operation, T a, T b) {
  T out{};
  bool overflow = false;
  switch (operation) {
    case '+':
      overflow = __builtin_add_overflow(a, b, &out);
      break;
    case '-':
      overflow = __builtin_sub_overflow(a, b, &out);
      break;
    case '*':
      overflow = __builtin_mul_overflow(a, b, &out);
      break;
    default:
      if (b == 0) return InvalidArgument("division by zero");
      overflow =
          std::is_signed_v<T> && a == std::numeric_limits<T>::min() && b == static_cast<T>(-1);
      if (!overflow) out = operation == '/' ? a / b : a % b;
  }
  if (overflow) return InvalidArgument("integer overflow");
  return CelValue{out};
}

Result<CelValue> RealArithmetic(char operation, double a, double b) {
  switch (operation) {
    case '+':
      return CelValue{a + b};
    case '-':
      return CelValue{a - b};
    case '*':
      return CelValue{a * b};
    case '/':
      return CelValue{a / b};
    default:
      return InvalidArgument("no % of doubles");
  }
}

class JsonReader {
 public:
  CelValue Read(simdjson::dom::element element) {
    if (++count_ > kMaxValues) throw simdjson::simdjson_error(simdjson::CAPACITY);
    switch (element.type()) {
      case simdjson::dom::element_type::ARRAY: {
        auto list = std::make_shared<CelList>();
        for (const simdjson::dom::element item : simdjson::dom::array(element))
          list->push_back(Read(item));
        return CelValue{std::shared_ptr<const CelList>(std::move(list))};
      }
      case simdjson::dom::element_type::OBJECT: {
        auto map = std::make_shared<CelMap>();
        for (const auto field : simdjson::dom::object(element))
          (*map)[std::string(field.key)] = Read(field.value);
        return CelValue{std::shared_ptr<const CelMap>(std::move(map))};
      }
      case simdjson::dom::element_type::STRING:
        return CelValue{std::string(std::string_view(element))};
      case simdjson::dom::element_type::BOOL:
        return CelValue{bool(element)};
      case simdjson::dom::element_type::NULL_VALUE:
        return {};
      default:
        return CelValue{double(element)};
    }
  }

 private:
  size_t count_ = 0;
};

}  // namespace

const CelList* CelValue::list() const {
  const auto* list = As<std::shared_ptr<const CelList>>();
  return list == nullptr ? nullptr : list->get();
}

const CelMap* CelValue::map() const {
  const auto* map = As<std::shared_ptr<const CelMap>>();
  return map == nullptr ? nullptr : map->get();
}

std::string_view CelTypeName(const CelValue& value) {
  constexpr std::string_view kNames[] = {"null",   "bool",   "int",  "uint",
                                         "double", "string", "list", "map"};
  return kNames[value.data.index()];
}

bool CelEqual(const CelValue& a, const CelValue& b) {
  if (a.is_number() && b.is_number()) return Number(a) == Number(b);
  if (a.data.index() != b.data.index()) return false;
  if (const CelList* list = a.list()) {
    const CelList& other = *b.list();
    return std::equal(list->begin(), list->end(), other.begin(), other.end(), CelEqual);
  }
  if (const CelMap* map = a.map()) {
    const CelMap& other = *b.map();
    return std::equal(map->begin(), map->end(), other.begin(), other.end(),
                      [](const auto& x, const auto& y) {
                        return x.first == y.first && CelEqual(x.second, y.second);
                      });
  }
  return a.data == b.data;
}

Result<int> CelCompare(const CelValue& a, const CelValue& b) {
  if (a.is_number() && b.is_number()) {
    const long double x = Number(a);
    const long double y = Number(b);
    if (std::isnan(x) || std::isnan(y)) return InvalidArgument("NaN has no order");
    return x < y ? -1 : static_cast<int>(x > y);
  }
  if (const auto* text = a.As<std::string>(); text != nullptr && b.As<std::string>() != nullptr)
    return text->compare(*b.As<std::string>());
  if (a.As<bool>() != nullptr && b.As<bool>() != nullptr)
    return static_cast<int>(*a.As<bool>()) - static_cast<int>(*b.As<bool>());
  return InvalidArgument("no order of ", CelTypeName(a), " and ", CelTypeName(b));
}

Result<CelValue> CelArithmetic(char operation, const CelValue& a, const CelValue& b) {
  if (a.data.index() == b.data.index()) {
    if (const auto* x = a.As<int64_t>()) return WholeArithmetic(operation, *x, *b.As<int64_t>());
    if (const auto* x = a.As<uint64_t>()) return WholeArithmetic(operation, *x, *b.As<uint64_t>());
    if (const auto* x = a.As<double>()) return RealArithmetic(operation, *x, *b.As<double>());
    if (const auto* x = a.As<std::string>(); x != nullptr && operation == '+')
      return CelValue{*x + *b.As<std::string>()};
    if (const CelList* x = a.list(); x != nullptr && operation == '+') {
      auto joined = std::make_shared<CelList>(*x);
      joined->insert(joined->end(), b.list()->begin(), b.list()->end());
      return CelValue{std::shared_ptr<const CelList>(std::move(joined))};
    }
  }
  return InvalidArgument("no such operation: ", CelTypeName(a), " ",
                         std::string_view(&operation, 1), " ", CelTypeName(b),
                         "; numbers of JSON are double");
}

Result<CelValue> CelConvert(std::string_view type, const CelValue& value) {
  const auto refuse = [&] {
    return InvalidArgument("cannot make ", type, " of this ", CelTypeName(value));
  };
  const auto* text = value.As<std::string>();
  if (type == "string") {
    if (text != nullptr) return value;
    if (const auto* boolean = value.As<bool>())
      return CelValue{std::string(*boolean ? "true" : "false")};
    if (const auto* real = value.As<double>()) return CelValue{ApiDouble(*real)};
    if (const auto* whole = value.As<int64_t>()) return CelValue{std::to_string(*whole)};
    if (const auto* whole = value.As<uint64_t>()) return CelValue{std::to_string(*whole)};
    return refuse();
  }
  if (text == nullptr && !value.is_number()) return refuse();
  if (type == "double") {
    if (text == nullptr) return CelValue{static_cast<double>(Number(value))};
    const auto parsed = ParseDouble(*text);
    return parsed ? Result<CelValue>(CelValue{*parsed}) : Result<CelValue>(refuse());
  }
  const bool is_signed = type == "int";
  if (text != nullptr) {
    if (is_signed) {
      const auto parsed = ParseInteger(*text);
      return parsed ? Result<CelValue>(CelValue{*parsed}) : Result<CelValue>(refuse());
    }
    const auto parsed = ParseUnsigned(*text);
    return parsed ? Result<CelValue>(CelValue{*parsed}) : Result<CelValue>(refuse());
  }
  const long double number = std::trunc(Number(value));
  if (is_signed) {
    if (!(number >= -9223372036854775808.0L && number < 9223372036854775808.0L)) return refuse();
    return CelValue{static_cast<int64_t>(number)};
  }
  if (!(number >= 0 && number < 18446744073709551616.0L)) return refuse();
  return CelValue{static_cast<uint64_t>(number)};
}

Result<CelValue> CelFromJson(std::string_view text) {
  try {
    simdjson::dom::parser parser;
    return JsonReader().Read(parser.parse(text.data(), text.size()));
  } catch (const simdjson::simdjson_error& e) {
    if (e.error() == simdjson::CAPACITY) return LimitReached("more than a million values");
    return Corruption("not JSON: ", e.what());
  }
}

}  // namespace narthex::blackbox
