#include "server/tsdb/wal_reader.h"

#include <snappy.h>

#include <algorithm>

#include "common/bytes/crc32c.h"
#include "server/tsdb/zstd_records.h"

namespace narthex::tsdb {
namespace {

constexpr size_t kMaxSnappyRatio = 64;  // three bytes stand for so many at most

uint32_t BigEndian(std::string_view bytes) {
  uint32_t value = 0;
  for (char c : bytes) value = value << 8 | static_cast<uint8_t>(c);
  return value;
}

bool AllZero(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == '\0'; });
}

}  // namespace

Status WalReader::Damage(std::string_view what) const {
  return Corruption("at byte ", std::to_string(at_), ": ", what);
}

Result<std::optional<WalReader::Fragment>> WalReader::NextFragment() {
  while (at_ < segment_.size()) {
    const std::string_view page = segment_.substr(at_, kWalPageSize - at_ % kWalPageSize);
    const auto type = static_cast<uint8_t>(page[0]) & kFragmentTypeMask;
    if (page[0] == '\0') {
      // The rest of a page is padding: all of it.
      if (!AllZero(page)) return Damage("padding that is not zero");
      at_ += page.size();
      continue;
    }
    if (page.size() < kWalHeaderSize) return Damage("header cut short");
    const size_t length = BigEndian(page.substr(1, 2));
    if (kWalHeaderSize + length > page.size()) return Damage("record cut short");
    const std::string_view payload = page.substr(kWalHeaderSize, length);
    if (type > static_cast<uint8_t>(FragmentType::kLast)) return Damage("unknown fragment type");
    if (Crc32c(payload) != BigEndian(page.substr(3, 4))) return Damage("checksum does not match");
    at_ += kWalHeaderSize + length;
    const auto flags = static_cast<uint8_t>(static_cast<uint8_t>(page[0]) & ~kFragmentTypeMask);
    return std::optional<Fragment>(Fragment{static_cast<FragmentType>(type), flags, payload});
  }
  return std::optional<Fragment>();
}

Result<std::optional<std::string_view>> WalReader::Next() {
  joined_.clear();
  for (bool begun = false;; begun = true) {
    ASSIGN_OR_RETURN(const std::optional<Fragment> fragment, NextFragment());
    if (!fragment) {
      if (begun) return Damage("record without its last fragment");
      return std::optional<std::string_view>();
    }
    const bool begins =
        fragment->type == FragmentType::kFull || fragment->type == FragmentType::kFirst;
    if (begins == begun) return Damage("fragment out of order");
    const bool ends =
        fragment->type == FragmentType::kFull || fragment->type == FragmentType::kLast;
    if (!(begins && ends)) joined_ += fragment->payload;
    if (joined_.size() > kWalMaxRecordBytes) return Damage("record too large");
    if (!ends) continue;
    ASSIGN_OR_RETURN(
        const std::string_view record,
        Decompress(fragment->flags, begins ? fragment->payload : std::string_view(joined_)));
    good_size_ = at_;
    return std::optional<std::string_view>(record);
  }
}

Result<std::string_view> WalReader::Decompress(uint8_t flags, std::string_view record) {
  if (flags == 0) return record;
  if (flags == kZstdFlag) {
    const Status status = ZstdDecompress(record, kWalMaxRecordBytes, plain_);
    if (!status.ok()) return Damage(status.message());
    return std::string_view(plain_);
  }
  if (flags != kSnappyFlag) return Damage("compression that is not supported");
  size_t size = 0;
  const bool plausible = snappy::GetUncompressedLength(record.data(), record.size(), &size) &&
                         size <= kWalMaxRecordBytes && size / kMaxSnappyRatio <= record.size();
  if (!plausible || !snappy::Uncompress(record.data(), record.size(), &plain_))
    return Damage("snappy data is damaged");
  return std::string_view(plain_);
}

}  // namespace narthex::tsdb
