// What is known of the metric family of each series in memory. Series of one family share it.
#ifndef NARTHEX_SERVER_TSDB_METADATA_TABLE_H_
#define NARTHEX_SERVER_TSDB_METADATA_TABLE_H_

#include <absl/container/flat_hash_map.h>

#include <functional>
#include <memory>
#include <mutex>
#include <set>

#include "server/storage/storage.h"

namespace narthex::tsdb {

// Safe from many threads.
class MetadataTable {
 public:
  // Null where nothing is known.
  std::shared_ptr<const storage::Metadata> Find(storage::SeriesRef ref) const;
  bool Has(storage::SeriesRef ref, const storage::Metadata& metadata) const;
  void Set(storage::SeriesRef ref, const storage::Metadata& metadata);
  // Forgets series for which `gone` says so.
  void Collect(const std::function<bool(storage::SeriesRef)>& gone);

 private:
  using Shared = std::shared_ptr<const storage::Metadata>;
  struct ByContent {
    using is_transparent = void;
    static auto KeyOf(const storage::Metadata& one) {
      return std::tie(one.help, one.unit, one.type);
    }
    static auto KeyOf(const Shared& one) { return KeyOf(*one); }
    bool operator()(const auto& a, const auto& b) const { return KeyOf(a) < KeyOf(b); }
  };

  mutable std::mutex mutex_;
  std::set<Shared, ByContent> contents_;
  absl::flat_hash_map<storage::SeriesRef, Shared> of_;
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_METADATA_TABLE_H_
