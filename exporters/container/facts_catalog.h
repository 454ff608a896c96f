// What all sources together know of the containers that are there, kept from scrape to scrape.
//
// Sources are asked in their order, only for containers that nobody told of yet, and from time to
// time for all, since names and health change. One that is over its time costs its labels alone: it
// is left aside for a while, and so is one that fails.
#ifndef NARTHEX_EXPORTERS_CONTAINER_FACTS_CATALOG_H_
#define NARTHEX_EXPORTERS_CONTAINER_FACTS_CATALOG_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "common/clock/clock.h"
#include "exporters/container/facts_source.h"
#include "exporters/kit/deadline_runner.h"

namespace narthex::exporters {

// How the last question to a source went.
struct SourceState {
  std::string name;
  Status status;          // ok, too, before it was asked at all
  uint64_t failures = 0;  // but for the runtime not being on this machine
  size_t containers = 0;  // that it told of, of those that are there
  bool was_asked = false;
};

// Safe from several threads.
class FactsCatalog {
 public:
  static constexpr Duration kFresh = Duration::Seconds(60);        // facts are good for so long
  static constexpr Duration kFreshHealth = Duration::Seconds(10);  // of containers with a check
  static constexpr Duration kRest = Duration::Seconds(15);  // of a source that failed; doubles
  static constexpr Duration kMaxRest = Duration::Seconds(600);
  static constexpr Duration kMaxWait = Duration::Seconds(60);  // between questions in vain

  FactsCatalog(std::vector<std::unique_ptr<FactsSource>> sources, Duration timeout,
               const Clock& clock);

  // Learns what it can of exactly these containers, by their ids, and forgets all others. Gives the
  // failures that it met: a runtime that is not on this machine is none.
  std::vector<Status> Refresh(const std::set<std::string>& ids);

  std::shared_ptr<const ContainerFacts> Container(const std::string& id) const;
  // Of a pod of Kubernetes, by its UID: pod and namespace alone.
  std::shared_ptr<const ContainerFacts> Pod(const std::string& uid) const;

  std::vector<SourceState> states() const;

 private:
  struct Source {
    std::shared_ptr<FactsSource> source;
    Status status;
    bool was_asked = false;
    uint64_t failures = 0;
    uint32_t failures_in_a_row = 0;
    int64_t rests_until_ns = 0;
  };
  struct Entry {
    std::shared_ptr<const ContainerFacts> facts;  // null: nobody knows it
    size_t source = 0;
    int64_t asked_ns = 0;
    uint32_t in_vain = 0;  // questions since the last answer
  };

  bool IsDue(const Entry& entry, int64_t now_ns) const;
  // Asks one source after the other for what is due.
  std::vector<Status> AskAll(std::vector<std::string> due);
  // Gives the failure; what the source told of is taken out of `due`.
  Status AskOne(size_t index, std::vector<std::string>& due);
  void IndexPods();

  const Duration timeout_;
  const Clock& clock_;
  DeadlineRunner runner_;
  std::mutex refreshing_;     // one Refresh() at a time; guards entries_ and sources_ for writing
  mutable std::mutex mutex_;  // guards what follows; never held while a source is asked
  std::vector<Source> sources_;
  std::map<std::string, Entry> entries_;
  std::map<std::string, std::shared_ptr<const ContainerFacts>> pods_;
};

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_CONTAINER_FACTS_CATALOG_H_
