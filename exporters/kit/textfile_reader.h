// Reads what a program or cron job left in a *.prom file: text exposition, by its strict reader.
#ifndef NARTHEX_EXPORTERS_KIT_TEXTFILE_READER_H_
#define NARTHEX_EXPORTERS_KIT_TEXTFILE_READER_H_

#include <string_view>
#include <vector>

#include "common/openmetrics/model.h"
#include "common/status/status.h"

namespace narthex::exporters {

struct TextfileContent {
  std::vector<openmetrics::MetricFamily> families;
  // Why families are missing: "4:7: want a number …", with the line of the file. At most
  // kMaxTextfileFaults.
  std::vector<Status> faults;
};

inline constexpr size_t kMaxTextfileFaults = 10;

// A line that cannot be read drops its family, which is all lines that begin with its name, and no
// other. A timestamp refuses the whole file, as in the original: it is a sign that somebody takes
// the file for a way to write history. Each metric has the label names of its whole family, empty
// where it had none, and no two of a family have equal labels.
TextfileContent ReadTextfile(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_TEXTFILE_READER_H_
