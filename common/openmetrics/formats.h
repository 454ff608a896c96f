// Expositions of every format, read into the model and written from it.
//
//   ASSIGN_OR_RETURN(const auto families, ReadFamilies(body, Format::kText, NameScheme::kUtf8));
//   std::string page;
//   WriteFamilies(families, {Format::kProtobuf, Escaping::kUnderscores}, page);
//
// Reading holds a body to its format's letter and refuses it whole, "3:17: second TYPE of "a"" for
// text and "family 2: metric 0: ..." for protobuf. It is for pushes and for checks: a scrape, which
// must forgive more and allocate nothing, goes through ExpositionParser.
//
// What a format cannot carry is left out when writing:
//
//                                       text   OpenMetrics   protobuf
//   info, stateset as such              gauge  yes           gauge
//   gauge histogram as such             histogram  yes       yes
//   unit                                no     yes           yes
//   created                             no     yes           yes
//   exemplar of counter or bucket       no     yes           yes
//   native buckets                      no     no            yes
//   native buckets with custom bounds   as classic buckets, unless those are there
//   counter whose name lacks _total     yes    unknown       yes
//   summary's count that is not whole   yes    yes           cut to a whole one
//   count of a histogram without sum    yes    no            yes
#ifndef NARTHEX_COMMON_OPENMETRICS_FORMATS_H_
#define NARTHEX_COMMON_OPENMETRICS_FORMATS_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/openmetrics/format.h"
#include "common/openmetrics/model.h"
#include "common/status/status.h"

namespace narthex::openmetrics {

// The families of a body in the order of their first mention, those without metrics left out; names
// are those that `names` admits. kCorruption says where and what; kLimit is a body over
// kMaxBodySize.
Result<std::vector<MetricFamily>> ReadFamilies(std::string_view body, Format format,
                                               NameScheme names);

// Appends a whole exposition of the families in their order, those without metrics left out.
// Families must differ in name, and a point must be what its family's type asks for.
void WriteFamilies(const std::vector<MetricFamily>& families, Exposition exposition,
                   std::string& out);

}  // namespace narthex::openmetrics

#endif  // NARTHEX_COMMON_OPENMETRICS_FORMATS_H_
