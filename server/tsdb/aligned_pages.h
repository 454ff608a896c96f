// Memory straight from the kernel, for what is large and goes back to it as a whole.
#ifndef NARTHEX_SERVER_TSDB_ALIGNED_PAGES_H_
#define NARTHEX_SERVER_TSDB_ALIGNED_PAGES_H_

#include <cstddef>
#include <cstdint>

namespace narthex::tsdb {

inline constexpr size_t kLargePage = 2UL << 20;

// Zeros at a multiple of `alignment`, a power of two, at least a page. `bytes` are whole pages.
// Throws std::bad_alloc.
char* MapAlignedPages(size_t bytes, size_t alignment);
// Asks for pages of two megabytes where the kernel has them: filling these costs one fault each.
void PreferLargePages(char* pages, size_t bytes);
void UnmapPages(char* pages, size_t bytes);
// Leaves the memory mapped and makes it zeros again; false where the kernel cannot.
bool ForgetPages(char* pages, size_t bytes);

// Where the aligned memory begins that a pointer into its first `alignment` bytes lies in.
inline const char* StartOfAligned(const char* inside, size_t alignment) {
  return inside - (reinterpret_cast<uintptr_t>(inside) & (alignment - 1));
}

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_ALIGNED_PAGES_H_
