// The request that the generator sends over and over: a PUT of a batch job's metrics, in which
// every value differs from the last time. Only digits change, in place, so that making a request
// costs far less than taking it.
#ifndef NARTHEX_TESTS_BENCH_PUSH_GENERATOR_PUSH_REQUEST_H_
#define NARTHEX_TESTS_BENCH_PUSH_GENERATOR_PUSH_REQUEST_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace narthex::bench {

class PushRequest {
 public:
  // Of `metrics` families with HELP, TYPE and one series each.
  explicit PushRequest(size_t metrics);

  // The request for a group; the view lasts until the next call.
  std::string_view For(size_t group, uint64_t sequence);

 private:
  void PutDigits(size_t at, size_t width, uint64_t number);

  std::string bytes_;
  size_t group_at_ = 0;
  std::vector<size_t> values_at_;
};

}  // namespace narthex::bench

#endif  // NARTHEX_TESTS_BENCH_PUSH_GENERATOR_PUSH_REQUEST_H_
