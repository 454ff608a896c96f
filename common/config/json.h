// A JSON document as the same tree as YAML, so that one description of a struct binds both.
#ifndef NARTHEX_COMMON_CONFIG_JSON_H_
#define NARTHEX_COMMON_CONFIG_JSON_H_

#include <string_view>

#include "common/config/node.h"

namespace narthex::config {

// Of a key that is given twice the last value counts, as in Go. Errors carry line and column.
Result<Node> ParseJson(std::string_view text);

}  // namespace narthex::config

#endif  // NARTHEX_COMMON_CONFIG_JSON_H_
