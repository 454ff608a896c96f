// Whole bodies in gzip, by libdeflate.
#ifndef NARTHEX_COMMON_HTTP_SERVER_GZIP_H_
#define NARTHEX_COMMON_HTTP_SERVER_GZIP_H_

#include <string>
#include <string_view>

namespace narthex {

// Compressed for speed. Empty when memory for it is short.
std::string Gzip(std::string_view body);

// Whether an Accept-Encoding header takes gzip.
bool AcceptsGzip(std::string_view accept_encoding);

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_SERVER_GZIP_H_
