#include "server/tsdb/wal_writer.h"

#include <snappy.h>

#include <algorithm>
#include <chrono>

#include "common/bytes/crc32c.h"

namespace narthex::tsdb {
namespace {

void AppendFragment(std::string& out, FragmentType type, uint8_t flags, std::string_view payload) {
  const uint32_t crc = Crc32c(payload);
  out += static_cast<char>(static_cast<uint8_t>(type) | flags);
  for (int shift : {8, 0}) out += static_cast<char>(payload.size() >> shift);
  for (int shift : {24, 16, 8, 0}) out += static_cast<char>(crc >> shift);
  out += payload;
}

}  // namespace

Result<std::unique_ptr<WalWriter>> WalWriter::Open(Files& files, std::string directory,
                                                   uint64_t first_segment, WalOptions options) {
  RETURN_IF_ERROR(files.MakeDirectories(directory));
  std::unique_ptr<WalWriter> writer(new WalWriter(files, std::move(directory), options));
  RETURN_IF_ERROR(writer->BeginSegment(first_segment));
  return writer;
}

WalWriter::~WalWriter() { (void)Sync(); }

Status WalWriter::BeginSegment(uint64_t index) {
  ASSIGN_OR_RETURN(file_, files_.Create(directory_ + "/" + SegmentName(index)).Prefixed("wal"));
  segment_ = index;
  segment_size_ = 0;
  damaged_ = false;
  return files_.SyncDirectory(directory_).Prefixed("wal");
}

Status WalWriter::EndSegment() {
  if (dirty_) RETURN_IF_ERROR(file_->Sync().Prefixed("wal"));
  dirty_ = false;
  return {};
}

Result<uint64_t> WalWriter::NextSegment() {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(EndSegment());
  RETURN_IF_ERROR(BeginSegment(segment_ + 1));
  return segment_;
}

std::string_view WalWriter::Compress(std::string_view record, uint8_t& flags) {
  flags = 0;
  if (options_.compression == WalCompression::kNone || record.empty()) return record;
  std::string_view compressed;
  if (options_.compression == WalCompression::kZstd) {
    if (!zstd_) zstd_ = std::make_unique<ZstdCompressor>();
    compressed = zstd_->Compress(record);
  } else {
    const size_t max_size = snappy::MaxCompressedLength(record.size());
    if (compressed_.size() < max_size) compressed_.resize(max_size);
    size_t size = 0;
    snappy::RawCompress(record.data(), record.size(), compressed_.data(), &size);
    compressed = std::string_view(compressed_.data(), size);
  }
  if (compressed.empty() || compressed.size() >= record.size()) return record;
  flags = options_.compression == WalCompression::kZstd ? kZstdFlag : kSnappyFlag;
  return compressed;
}

void WalWriter::Frame(std::string_view record, std::string& out) {
  uint8_t flags = 0;
  record = Compress(record, flags);
  for (bool first = true; first || !record.empty(); first = false) {
    if (PageRest(out) <= kWalHeaderSize) out.append(PageRest(out), '\0');
    const std::string_view part = record.substr(0, PageRest(out) - kWalHeaderSize);
    record.remove_prefix(part.size());
    const bool last = record.empty();
    const FragmentType type = first && last ? FragmentType::kFull
                              : first       ? FragmentType::kFirst
                              : last        ? FragmentType::kLast
                                            : FragmentType::kMiddle;
    AppendFragment(out, type, flags, part);
  }
}

Status WalWriter::Log(const std::vector<std::string_view>& records) {
  const std::lock_guard lock(mutex_);
  if (segment_size_ >= options_.segment_bytes || damaged_) {
    RETURN_IF_ERROR(EndSegment());
    RETURN_IF_ERROR(BeginSegment(segment_ + 1));
  }
  buffer_.clear();
  for (std::string_view record : records) Frame(record, buffer_);
  dirty_ = true;
  const Status status = file_->Append(buffer_);
  if (!status.ok()) {
    ++counts_.failed_writes;
    damaged_ = !file_->Truncate(segment_size_).ok();
    return status.Prefixed("wal");
  }
  ++counts_.writes;
  counts_.written_bytes += buffer_.size();
  counts_.pages -= segment_size_ / kWalPageSize;
  segment_size_ += buffer_.size();
  counts_.pages += segment_size_ / kWalPageSize;
  return {};
}

Status WalWriter::Sync() {
  std::shared_ptr<AppendFile> file;
  {
    const std::lock_guard lock(mutex_);
    if (!dirty_) return {};
    dirty_ = false;
    file = file_;
  }
  // Without the lock: commits go on while the disk works.
  const auto begin = std::chrono::steady_clock::now();
  const Status status = file->Sync();
  if (options_.sync_seconds != nullptr) {
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    options_.sync_seconds->Observe(seconds.count());
  }
  if (status.ok()) return {};
  const std::lock_guard lock(mutex_);
  dirty_ = true;
  return status.Prefixed("wal");
}

LogPosition WalWriter::position() const {
  const std::lock_guard lock(mutex_);
  return {segment_, segment_size_};
}

LogCounts WalWriter::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace narthex::tsdb
