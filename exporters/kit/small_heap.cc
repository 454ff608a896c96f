#include "exporters/kit/small_heap.h"

#include <malloc.h>

namespace narthex::exporters {

void KeepHeapSmall() {
  ::mallopt(M_ARENA_MAX, 1);
  ::mallopt(M_MMAP_THRESHOLD, 64 << 10);
  ::mallopt(M_TRIM_THRESHOLD, 64 << 10);
}

void GiveBackHeap() { ::malloc_trim(0); }

}  // namespace narthex::exporters
