// The best k of a sequence in a binary heap, the worst of them on top. Which of equal elements stay
// hangs on how such a heap is kept: this one does as Go's container/heap, and so as the reference.
#ifndef NARTHEX_SERVER_PROMQL_BEST_HEAP_H_
#define NARTHEX_SERVER_PROMQL_BEST_HEAP_H_

#include <span>
#include <utility>

namespace narthex::promql {

// Over a borrowed array, whose first elements are the heap. `worse` orders elements.
template <typename Element, typename Worse>
class BestHeap {
 public:
  BestHeap(std::span<Element> elements, Worse worse) : elements_(elements), worse_(worse) {}

  // Takes in the element behind the heap.
  void Grow() {
    size_t at = size_++;
    while (at > 0) {
      const size_t parent = (at - 1) / 2;
      if (!worse_(elements_[at], elements_[parent])) return;
      std::swap(elements_[at], elements_[parent]);
      at = parent;
    }
  }

  Element& worst() { return elements_[0]; }

  // Puts the worst, which was replaced, where it belongs.
  void Settle() {
    size_t at = 0;
    for (;;) {
      size_t child = 2 * at + 1;
      if (child >= size_) return;
      if (child + 1 < size_ && worse_(elements_[child + 1], elements_[child])) ++child;
      if (!worse_(elements_[child], elements_[at])) return;
      std::swap(elements_[child], elements_[at]);
      at = child;
    }
  }

 private:
  std::span<Element> elements_;
  Worse worse_;
  size_t size_ = 0;
};

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_BEST_HEAP_H_
