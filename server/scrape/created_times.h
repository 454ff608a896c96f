// Since when the series of an OpenMetrics body count: its lines NAME_created, which are no samples
// where start times are stored.
#ifndef NARTHEX_SERVER_SCRAPE_CREATED_TIMES_H_
#define NARTHEX_SERVER_SCRAPE_CREATED_TIMES_H_

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/labels/label_set.h"
#include "common/openmetrics/format.h"

namespace narthex::server {

class CreatedTimes {
 public:
  // Reads all such lines of families that may have them. A body that is broken is read up to there:
  // who reads it for its samples finds that, too.
  CreatedTimes(std::string_view body, openmetrics::Format format);

  // Whether a family's type lets it have such lines.
  static bool CanHave(std::string_view type);
  // Whether a sample is such a line.
  static bool IsCreated(std::string_view type, std::string_view family,
                        const std::vector<Label>& labels);

  // In Unix milliseconds, of a sample of a family; 0 where no line tells.
  int64_t Of(std::string_view type, std::string_view family,
             const std::vector<Label>& labels) const;

 private:
  // Labels but for the name and what tells parts of one metric from each other.
  static std::string Key(std::string_view type, std::string_view family,
                         const std::vector<Label>& labels);

  absl::flat_hash_map<std::string, int64_t> times_ms_;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_SCRAPE_CREATED_TIMES_H_
