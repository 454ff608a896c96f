#include "exporters/blackbox/transfer_loop.h"

#include <cassert>

namespace narthex::blackbox {
namespace {

constexpr long kIdleConnections = 1;  // none is used again, and zero would stand for a default

}  // namespace

TransferLoop& TransferLoop::OfThisThread() {
  assert(FiberLoop() != nullptr);
  static thread_local TransferLoop loop(*FiberLoop());
  return loop;
}

TransferLoop::TransferLoop(IoLoop& loop)
    : multi_(loop, kIdleConnections, [](CURL* easy, CURLcode code) {
        Transfer* transfer = nullptr;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
        transfer->code = code;
        transfer->ended.Set();
      }) {}

Result<CURLcode> TransferLoop::Run(CURL* easy, const Deadline& deadline) {
  Transfer transfer;
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &transfer);
  multi_.Add(easy);
  Status status;
  while (status.ok() && !transfer.ended.Wait(deadline.SliceMs())) status = deadline.Check();
  multi_.Remove(easy);
  RETURN_IF_ERROR(status);
  return transfer.code;
}

}  // namespace narthex::blackbox
