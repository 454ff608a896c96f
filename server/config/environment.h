// Variables of the environment in a text, as Go's os.Expand fills them in.
#ifndef NARTHEX_SERVER_CONFIG_ENVIRONMENT_H_
#define NARTHEX_SERVER_CONFIG_ENVIRONMENT_H_

#include <functional>
#include <string>
#include <string_view>

namespace narthex::server {

// $NAME and ${NAME} become what `value_of` says of NAME, $$ a dollar.
std::string ExpandVariables(std::string_view text,
                            const std::function<std::string(const std::string&)>& value_of);

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_CONFIG_ENVIRONMENT_H_
