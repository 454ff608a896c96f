// Values of CEL expressions. For the files of cel_program.h only.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_CEL_VALUE_H_
#define NARTHEX_EXPORTERS_BLACKBOX_CEL_VALUE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/status/status.h"

namespace narthex::blackbox {

struct CelValue;
using CelList = std::vector<CelValue>;
using CelMap = std::map<std::string, CelValue, std::less<>>;

struct CelNull {
  friend bool operator==(CelNull, CelNull) { return true; }
};

struct CelValue {
  std::variant<CelNull, bool, int64_t, uint64_t, double, std::string,
               std::shared_ptr<const CelList>, std::shared_ptr<const CelMap>>
      data;

  bool is_number() const { return data.index() >= 2 && data.index() <= 4; }
  template <typename T>
  const T* As() const {
    return std::get_if<T>(&data);
  }
  const CelList* list() const;  // null for another type
  const CelMap* map() const;
};

std::string_view CelTypeName(const CelValue& value);

// Numbers are equal by value, whatever their types; other values only to their like.
bool CelEqual(const CelValue& a, const CelValue& b);

// Below, at or above 0; kInvalidArgument where the two have no order.
Result<int> CelCompare(const CelValue& a, const CelValue& b);

// + - * / %; kInvalidArgument for types that do not go together, overflow, and division by 0.
Result<CelValue> CelArithmetic(char operation, const CelValue& a, const CelValue& b);

// int, uint, double, string; kInvalidArgument.
Result<CelValue> CelConvert(std::string_view type, const CelValue& value);

// JSON as values; every number is a double, of a key given twice the last counts. kCorruption,
// kLimit beyond a million values.
Result<CelValue> CelFromJson(std::string_view text);

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_CEL_VALUE_H_
