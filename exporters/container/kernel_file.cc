#include "exporters/container/kernel_file.h"

#include <unistd.h>

#include <array>
#include <cerrno>

namespace narthex::exporters {

bool ReadKernelFile(int fd, std::string& text) {
  constexpr size_t kMaxBytes = 16UL << 20;
  constexpr ssize_t kHalfPage = 2048;
  std::array<char, 8192> buffer;
  text.clear();
  for (;;) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 || text.size() > kMaxBytes) return false;
    text.append(buffer.data(), static_cast<size_t>(got));
    if (got < kHalfPage) return true;
  }
}

}  // namespace narthex::exporters
