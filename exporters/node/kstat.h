#ifndef NARTHEX_EXPORTERS_NODE_KSTAT_H_
#define NARTHEX_EXPORTERS_NODE_KSTAT_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/status/status.h"

namespace narthex::exporters {

// A file of /proc/spl/kstat/zfs. Below a line of its own and the titles, a value a line:
//   23 1 0x01 7 2160 221578688875 6665999035587
//   name                            type data
//   dataset_name                    7    pool1
//   writes                          4    0
// Types 3 and 4 are numbers. Names are as metrics spell them.
struct Kstat {
  std::string dataset;  // of an objset
  std::vector<std::pair<std::string, double>> values;
};
Result<Kstat> ParseKstat(std::string_view text);

// The file io of a pool: below the first line, a line of names and one of numbers.
Result<Kstat> ParseKstatIo(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_KSTAT_H_
