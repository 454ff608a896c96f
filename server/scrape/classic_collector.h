// Gathers the lines of classic histograms in text into native histograms with custom buckets.
#ifndef NARTHEX_SERVER_SCRAPE_CLASSIC_COLLECTOR_H_
#define NARTHEX_SERVER_SCRAPE_CLASSIC_COLLECTOR_H_

#include <functional>
#include <string>
#include <vector>

#include "server/scrape/classic_histogram.h"
#include "server/scrape/expand_family.h"

namespace narthex::server {

// Lines of one histogram follow each other, or they are several. Use for one body.
class ClassicCollector {
 public:
  using Take = std::function<Status(const IncomingSample&)>;

  // `take` gets each histogram when its lines have ended; one that contradicts itself is left out.
  explicit ClassicCollector(Take take) : take_(std::move(take)) {}

  // A # TYPE line.
  Status BeginFamily(std::string_view name, bool is_histogram);
  // A sample, with its labels; true when it belongs to a classic histogram.
  Result<bool> Add(const IncomingSample& sample, const std::vector<Label>& labels);
  Status Finish();

 private:
  // "_bucket", "_sum", "_count"; empty for another series.
  std::string_view SuffixOf(std::string_view name) const;

  Take take_;
  std::string family_;
  bool is_histogram_ = false;
  std::string series_;  // of the present histogram; empty: none
  std::vector<std::pair<std::string, std::string>> labels_;
  std::optional<int64_t> timestamp_ms_;
  int64_t start_ms_ = 0;
  std::vector<openmetrics::Exemplar> exemplars_;
  ClassicHistogram histogram_;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_SCRAPE_CLASSIC_COLLECTOR_H_
