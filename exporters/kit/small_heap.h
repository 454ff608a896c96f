// Keeps the memory of an exporter small between scrapes.
#ifndef NARTHEX_EXPORTERS_KIT_SMALL_HEAP_H_
#define NARTHEX_EXPORTERS_KIT_SMALL_HEAP_H_

namespace narthex::exporters {

// To be called first of all. Scrapes come one by one: a heap for each of their threads would hold
// the same memory again.
void KeepHeapSmall();

// To be called after a scrape: what it took lies between what is kept, and would stay taken.
void GiveBackHeap();

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_SMALL_HEAP_H_
