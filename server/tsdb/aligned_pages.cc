#include "server/tsdb/aligned_pages.h"

#include <sys/mman.h>

#include <new>

namespace narthex::tsdb {

char* MapAlignedPages(size_t bytes, size_t alignment) {
  void* mapped = mmap(nullptr, bytes + alignment, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  char* begin = static_cast<char*>(mapped);
  const size_t misplaced = reinterpret_cast<uintptr_t>(begin) & (alignment - 1);
  const size_t before = misplaced == 0 ? 0 : alignment - misplaced;
  if (before > 0) munmap(begin, before);
  munmap(begin + before + bytes, alignment - before);
  return begin + before;
}

void PreferLargePages(char* pages, size_t bytes) { (void)madvise(pages, bytes, MADV_HUGEPAGE); }

void UnmapPages(char* pages, size_t bytes) { munmap(pages, bytes); }

bool ForgetPages(char* pages, size_t bytes) { return madvise(pages, bytes, MADV_DONTNEED) == 0; }

}  // namespace narthex::tsdb
