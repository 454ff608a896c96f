#include "server/tsdb/metadata_table.h"

namespace narthex::tsdb {

using storage::Metadata;
using storage::SeriesRef;

std::shared_ptr<const Metadata> MetadataTable::Find(SeriesRef ref) const {
  const std::lock_guard lock(mutex_);
  const auto found = of_.find(ref);
  return found == of_.end() ? nullptr : found->second;
}

bool MetadataTable::Has(SeriesRef ref, const Metadata& metadata) const {
  const Shared known = Find(ref);
  return known && *known == metadata;
}

void MetadataTable::Set(SeriesRef ref, const Metadata& metadata) {
  const std::lock_guard lock(mutex_);
  auto content = contents_.find(metadata);
  if (content == contents_.end())
    content = contents_.insert(std::make_shared<const Metadata>(metadata)).first;
  of_[ref] = *content;
}

void MetadataTable::Collect(const std::function<bool(SeriesRef)>& gone) {
  const std::lock_guard lock(mutex_);
  absl::erase_if(of_, [&](const auto& one) { return gone(one.first); });
  std::erase_if(contents_, [](const Shared& one) { return one.use_count() == 1; });
}

}  // namespace narthex::tsdb
