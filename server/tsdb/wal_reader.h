// Reads the records of one segment. See wal_format.h.
#ifndef NARTHEX_SERVER_TSDB_WAL_READER_H_
#define NARTHEX_SERVER_TSDB_WAL_READER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/status/status.h"
#include "server/tsdb/wal_format.h"

namespace narthex::tsdb {

// Use from one thread. `segment` outlives the reader.
class WalReader {
 public:
  explicit WalReader(std::string_view segment) : WalReader(segment, 0) {}
  // From a byte on that is between two records.
  WalReader(std::string_view segment, uint64_t begin)
      : segment_(segment), at_(begin), good_size_(begin) {}

  // The next record, decompressed; valid until the next call. Nothing at the end. kCorruption where
  // the segment is cut or garbled: what was given before is good, and good_size() is where it ends.
  Result<std::optional<std::string_view>> Next();

  // Bytes up to the end of the last record given.
  uint64_t good_size() const { return good_size_; }

 private:
  struct Fragment {
    FragmentType type;
    uint8_t flags;
    std::string_view payload;
  };

  Result<std::optional<Fragment>> NextFragment();
  Status Damage(std::string_view what) const;
  Result<std::string_view> Decompress(uint8_t flags, std::string_view record);

  std::string_view segment_;
  size_t at_;
  uint64_t good_size_;
  std::string joined_;
  std::string plain_;
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_WAL_READER_H_
