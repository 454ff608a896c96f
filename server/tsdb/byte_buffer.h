// Bytes on the heap in 16 bytes of handle, for what exists once a series.
#ifndef NARTHEX_SERVER_TSDB_BYTE_BUFFER_H_
#define NARTHEX_SERVER_TSDB_BYTE_BUFFER_H_

#include <cassert>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

namespace narthex::tsdb {

class ByteBuffer {
 public:
  ByteBuffer() = default;
  ByteBuffer(ByteBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, uint32_t{0})),
        capacity_(std::exchange(other.capacity_, uint32_t{0})) {}
  ByteBuffer& operator=(ByteBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~ByteBuffer() { std::free(data_); }
  // Of bytes that are to be written.
  static ByteBuffer OfSize(size_t size) {
    ByteBuffer buffer;
    buffer.Resize(size);
    buffer.Grow(size);
    return buffer;
  }

  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }
  const uint8_t* data() const { return data_; }
  uint8_t* data() { return data_; }
  std::string_view view() const { return {reinterpret_cast<const char*>(data_), size_}; }
  uint8_t& back() { return data_[size_ - 1]; }

  void PushBack(uint8_t byte) {
    if (size_ == capacity_) Resize(capacity_ < 64 ? capacity_ + 32 : capacity_ + capacity_ / 2);
    data_[size_++] = byte;
  }
  // Makes room for `bytes` more without changing size(): they may be written before Grow().
  void Reserve(size_t bytes) {
    while (static_cast<size_t>(capacity_ - size_) < bytes)
      Resize(capacity_ < 64 ? capacity_ + 32 : capacity_ + capacity_ / 2);
  }
  void Grow(size_t bytes) { size_ = static_cast<uint32_t>(size_ + bytes); }
  // Gives the bytes, which std::free() ends, to the caller; the buffer is empty then.
  uint8_t* Release() {
    size_ = capacity_ = 0;
    return std::exchange(data_, nullptr);
  }
  void ShrinkToFit() {
    if (size_ < capacity_) Resize(size_);
  }

 private:
  void Resize(size_t capacity) {
    assert(capacity <= UINT32_MAX);
    void* moved = std::realloc(data_, capacity);
    if (moved == nullptr) throw std::bad_alloc();
    data_ = static_cast<uint8_t*>(moved);
    capacity_ = static_cast<uint32_t>(capacity);
  }

  uint8_t* data_ = nullptr;
  uint32_t size_ = 0;
  uint32_t capacity_ = 0;
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_BYTE_BUFFER_H_
