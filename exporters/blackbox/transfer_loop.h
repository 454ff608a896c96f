// The transfers of libcurl on one thread of fibers.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_TRANSFER_LOOP_H_
#define NARTHEX_EXPORTERS_BLACKBOX_TRANSFER_LOOP_H_

#include "common/http_client/curl_multi.h"
#include "common/io_loop/fibers.h"
#include "exporters/blackbox/deadline.h"

namespace narthex::blackbox {

class TransferLoop {
 public:
  // That of the fiber's thread; lives as long as the thread.
  static TransferLoop& OfThisThread();

  // Carries out what `easy` was set up for; others of the thread go on meanwhile. Sets
  // CURLOPT_PRIVATE. kTimeout, kCancelled: as the deadline says, and the transfer is ended.
  Result<CURLcode> Run(CURL* easy, const Deadline& deadline);

 private:
  struct Transfer {
    FiberEvent ended;
    CURLcode code = CURLE_OK;
  };

  explicit TransferLoop(IoLoop& loop);

  CurlMulti multi_;
};

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_TRANSFER_LOOP_H_
