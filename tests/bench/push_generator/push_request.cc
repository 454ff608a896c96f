#include "tests/bench/push_generator/push_request.h"

namespace narthex::bench {
namespace {

constexpr size_t kGroupDigits = 7;
constexpr size_t kValueDigits = 9;
constexpr std::string_view kStages[] = {"read", "check", "load", "index", "report"};

}  // namespace

PushRequest::PushRequest(size_t metrics) {
  std::string body;
  for (size_t i = 0; i < metrics; ++i) {
    const std::string name =
        "batch_step_" + std::to_string(i) + (i % 2 == 0 ? "_duration_seconds" : "_records_total");
    body += "# HELP " + name + " What step " + std::to_string(i) + " of the job took or handled.\n";
    body += "# TYPE " + name + (i % 2 == 0 ? " gauge\n" : " counter\n");
    body += name + "{stage=\"" + std::string(kStages[i % 5]) + "\"} 1";
    values_at_.push_back(body.size());
    body.append(kValueDigits, '0');
    body += ".25\n";
  }
  bytes_ = "PUT /metrics/job/nightly/instance/host-";
  group_at_ = bytes_.size();
  bytes_.append(kGroupDigits, '0');
  bytes_ += " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain; version=0.0.4\r\n";
  bytes_ += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  for (size_t& at : values_at_) at += bytes_.size();
  bytes_ += body;
}

std::string_view PushRequest::For(size_t group, uint64_t sequence) {
  PutDigits(group_at_, kGroupDigits, group);
  for (size_t i = 0; i < values_at_.size(); ++i)
    PutDigits(values_at_[i], kValueDigits, sequence * 7 + i);
  return bytes_;
}

void PushRequest::PutDigits(size_t at, size_t width, uint64_t number) {
  for (size_t i = width; i-- > 0; number /= 10)
    bytes_[at + i] = static_cast<char>('0' + number % 10);
}

}  // namespace narthex::bench
