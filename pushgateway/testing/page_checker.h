// Whether a page of metrics is one that every scraper takes, judged by the page alone; and pushes
// that try to make one that is not. For the property test and the fuzzer.
#ifndef NARTHEX_PUSHGATEWAY_TESTING_PAGE_CHECKER_H_
#define NARTHEX_PUSHGATEWAY_TESTING_PAGE_CHECKER_H_

#include <string>
#include <string_view>
#include <vector>

#include "pushgateway/testing/test_gateway.h"

namespace narthex::pushgateway {

// What is wrong with the page, or nothing.
std::string FindFault(std::string_view page, openmetrics::Format format);

// Judges the page in every format and escaping; or, for a fuzzer that has no time for all of them,
// in the one that a number stands for.
std::string FindFault(const TestGateway& gateway);
std::string FindFault(const TestGateway& gateway, size_t number);

// Gives bytes of a fuzzer or a random source as choices.
class Choices {
 public:
  explicit Choices(std::string_view bytes) : bytes_(bytes) {}
  size_t Below(size_t count) {
    if (bytes_.empty()) return 0;
    const auto byte = static_cast<unsigned char>(bytes_.front());
    bytes_.remove_prefix(1);
    return byte % count;
  }
  bool done() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

// One request out of few names, labels, types and groups, so that pushes collide often.
struct RandomRequest {
  std::string method;
  std::string path;  // after /metrics/
  std::string body;
};
RandomRequest MakeRequest(Choices& choices);

}  // namespace narthex::pushgateway

#endif  // NARTHEX_PUSHGATEWAY_TESTING_PAGE_CHECKER_H_
