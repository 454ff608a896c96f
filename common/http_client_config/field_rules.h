// Rules that the fields of several sections share.
#ifndef NARTHEX_COMMON_HTTP_CLIENT_CONFIG_FIELD_RULES_H_
#define NARTHEX_COMMON_HTTP_CLIENT_CONFIG_FIELD_RULES_H_

#include <string>
#include <string_view>

#include "common/status/status.h"

namespace narthex {

std::string LowerCase(std::string_view text);  // ASCII

// A byte that would end a header line, or hide in it.
bool HasControl(std::string_view text);

Status AtMostOne(bool first, bool second, std::string_view names);

// kInvalidArgument for what is no header's name, and for headers that belong to the connection, to
// the body or to us.
Status CheckHeaderName(const std::string& name);

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_CLIENT_CONFIG_FIELD_RULES_H_
