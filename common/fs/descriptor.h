// A file descriptor that is closed with its owner.
#ifndef NARTHEX_COMMON_FS_DESCRIPTOR_H_
#define NARTHEX_COMMON_FS_DESCRIPTOR_H_

#include <unistd.h>

#include <utility>

namespace narthex {

// Holds what open(2), socket(2) or the like returned, a failure (below 0) included.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }

  bool ok() const { return fd_ >= 0; }
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_FS_DESCRIPTOR_H_
