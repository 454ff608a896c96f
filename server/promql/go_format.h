// Numbers as Go's fmt and strconv print them, where messages and label values show them so.
#ifndef NARTHEX_SERVER_PROMQL_GO_FORMAT_H_
#define NARTHEX_SERVER_PROMQL_GO_FORMAT_H_

#include <string>
#include <string_view>

namespace narthex::promql {

// %g: shortest digits that read back as the same; an exponent from 1e+21 up and below 1e-04.
std::string GoG(double value);
// strconv.FormatFloat(value, 'f', -1, 64): shortest digits, never an exponent.
std::string GoF(double value);
// %.2g
std::string GoG2(double value);

// %q: in double quotes; what is not printable is escaped, bytes that are no UTF-8 as \xHH.
std::string GoQuote(std::string_view text);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_GO_FORMAT_H_
