// Tells AddressSanitizer and ThreadSanitizer which stack runs; nothing where neither is built in.
#ifndef NARTHEX_COMMON_IO_LOOP_SANITIZER_FIBER_H_
#define NARTHEX_COMMON_IO_LOOP_SANITIZER_FIBER_H_

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

namespace narthex {

// Of one task and the loop that resumes it. The order of a life: ToFiber, OnFiber, then ToLoop,
// OnLoop, ToFiber, OnFiber again and again, and in the end ToLoopForGood, OnLoop.
class SanitizerFiber {
 public:
  SanitizerFiber(const void* lowest, size_t bytes) : lowest_(lowest), bytes_(bytes) {}

#if defined(__SANITIZE_ADDRESS__)
  void ToFiber() { __sanitizer_start_switch_fiber(&loop_frames_, lowest_, bytes_); }
  void OnFiber() { __sanitizer_finish_switch_fiber(frames_, &loop_lowest_, &loop_bytes_); }
  void ToLoop() { __sanitizer_start_switch_fiber(&frames_, loop_lowest_, loop_bytes_); }
  void ToLoopForGood() { __sanitizer_start_switch_fiber(nullptr, loop_lowest_, loop_bytes_); }
  void OnLoop() { __sanitizer_finish_switch_fiber(loop_frames_, nullptr, nullptr); }
#elif defined(__SANITIZE_THREAD__)
  ~SanitizerFiber() { __tsan_destroy_fiber(fiber_); }
  SanitizerFiber(const SanitizerFiber&) = delete;
  SanitizerFiber& operator=(const SanitizerFiber&) = delete;
  void ToFiber() {
    loop_ = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(fiber_, 0);
  }
  void OnFiber() {}
  void ToLoop() { __tsan_switch_to_fiber(loop_, 0); }
  void ToLoopForGood() { ToLoop(); }
  void OnLoop() {}
#else
  void ToFiber() {}
  void OnFiber() {}
  void ToLoop() {}
  void ToLoopForGood() {}
  void OnLoop() {}
#endif

 private:
  [[maybe_unused]] const void* lowest_;
  [[maybe_unused]] size_t bytes_;
#if defined(__SANITIZE_ADDRESS__)
  void* frames_ = nullptr;
  void* loop_frames_ = nullptr;
  const void* loop_lowest_ = nullptr;
  size_t loop_bytes_ = 0;
#elif defined(__SANITIZE_THREAD__)
  void* fiber_ = __tsan_create_fiber(0);
  void* loop_ = nullptr;
#endif
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_IO_LOOP_SANITIZER_FIBER_H_
