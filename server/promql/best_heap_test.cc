#include "server/promql/best_heap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace narthex::promql {
namespace {

TEST(BestHeap, HasTheWorstOnTop) {
  std::vector<int> elements = {3, 9, 1, 7};
  BestHeap heap(std::span<int>(elements), [](int a, int b) { return a < b; });
  for (size_t i = 0; i < elements.size(); ++i) heap.Grow();
  EXPECT_EQ(heap.worst(), 1);
  heap.worst() = 8;
  heap.Settle();
  EXPECT_EQ(heap.worst(), 3);
}

// Which of equal elements is on top is what Go's container/heap makes of them.
TEST(BestHeap, TreatsEqualElementsAsTheReferenceDoes) {
  struct Element {
    int value;
    char name;
  };
  std::vector<Element> elements = {{1, 'a'}, {1, 'b'}, {1, 'c'}};
  BestHeap heap(std::span<Element>(elements),
                [](const Element& a, const Element& b) { return a.value < b.value; });
  for (size_t i = 0; i < elements.size(); ++i) heap.Grow();
  EXPECT_EQ(heap.worst().name, 'a');
  heap.worst() = {2, 'd'};
  heap.Settle();
  EXPECT_EQ(heap.worst().name, 'b');
}

}  // namespace
}  // namespace narthex::promql
