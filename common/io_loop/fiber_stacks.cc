#include "common/io_loop/fiber_stacks.h"

#include <sys/mman.h>

#include <new>

namespace narthex {
namespace {

constexpr size_t kPageBytes = 4096;
constexpr size_t kMaxKept = 16;

}  // namespace

FiberStacks::FiberStacks(size_t bytes)
    : bytes_((bytes + kPageBytes - 1) / kPageBytes * kPageBytes) {}

FiberStacks::~FiberStacks() {
  for (void* lowest : kept_) ::munmap(lowest, bytes_ + kPageBytes);
}

boost::context::stack_context FiberStacks::Allocate() {
  void* lowest = nullptr;
  if (!kept_.empty()) {
    lowest = kept_.back();
    kept_.pop_back();
  } else {
    lowest = ::mmap(nullptr, bytes_ + kPageBytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (lowest == MAP_FAILED) throw std::bad_alloc();
    ::mprotect(lowest, kPageBytes, PROT_NONE);
  }
  boost::context::stack_context stack;
  stack.size = bytes_;
  stack.sp = static_cast<char*>(lowest) + kPageBytes + bytes_;
  return stack;
}

void FiberStacks::Free(const boost::context::stack_context& stack) {
  void* lowest = static_cast<char*>(stack.sp) - bytes_ - kPageBytes;
  if (kept_.size() < kMaxKept) {
    kept_.push_back(lowest);
  } else {
    ::munmap(lowest, bytes_ + kPageBytes);
  }
}

}  // namespace narthex
