#ifndef NARTHEX_EXPORTERS_NODE_HUMAN_SIZE_H_
#define NARTHEX_EXPORTERS_NODE_HUMAN_SIZE_H_

#include <optional>
#include <string_view>

namespace narthex::exporters {

// Sizes as bcache and bcachefs write them for people: "20.4G" in powers of 1024, rounded down to a
// whole number. Nothing for another text.

// What follows bcache's point is tenths of 1024, not of 1000: "1.1M" is 1 MiB and 1/10.24 more. A
// sign is taken.
std::optional<double> ParseBcacheSize(std::string_view text);

std::optional<double> ParseBcachefsSize(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_HUMAN_SIZE_H_
