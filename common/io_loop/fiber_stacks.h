// The stacks of the tasks of one thread, with a page below each that ends who runs over.
#ifndef NARTHEX_COMMON_IO_LOOP_FIBER_STACKS_H_
#define NARTHEX_COMMON_IO_LOOP_FIBER_STACKS_H_

#include <cstddef>
#include <vector>

#include <boost/context/stack_context.hpp>

namespace narthex {

// Use on one thread.
class FiberStacks {
 public:
  explicit FiberStacks(size_t bytes);
  ~FiberStacks();
  FiberStacks(const FiberStacks&) = delete;
  FiberStacks& operator=(const FiberStacks&) = delete;

  // As Boost.Context wants its allocators. std::bad_alloc.
  boost::context::stack_context Allocate();
  void Free(const boost::context::stack_context& stack);

 private:
  const size_t bytes_;       // a multiple of the page, its guard not counted
  std::vector<void*> kept_;  // lowest addresses, of stacks that wait to be used again
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_IO_LOOP_FIBER_STACKS_H_
