// What is asked before there is anything to look at.
#ifndef NARTHEX_SERVER_STORAGE_CLOSED_QUERIER_H_
#define NARTHEX_SERVER_STORAGE_CLOSED_QUERIER_H_

#include "server/storage/storage.h"

namespace narthex::storage {

// Answers kUnavailable. Safe from many threads.
class ClosedQuerier : public Querier {
 public:
  Result<std::unique_ptr<SeriesSet>> Select(const std::vector<Matcher>&) const override {
    return Closed();
  }
  Result<std::vector<std::string>> LabelNames(const std::vector<Matcher>&) const override {
    return Closed();
  }
  Result<std::vector<std::string>> LabelValues(std::string_view,
                                               const std::vector<Matcher>&) const override {
    return Closed();
  }
  Result<std::vector<ExemplarSeries>> SelectExemplars(
      const std::vector<std::vector<Matcher>>&) const override {
    return Closed();
  }

 private:
  static Status Closed() { return Unavailable("storage is being opened"); }
};

}  // namespace narthex::storage

#endif  // NARTHEX_SERVER_STORAGE_CLOSED_QUERIER_H_
