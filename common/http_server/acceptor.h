// Takes the connections of some listeners, on one thread that sleeps until one comes.
#ifndef NARTHEX_COMMON_HTTP_SERVER_ACCEPTOR_H_
#define NARTHEX_COMMON_HTTP_SERVER_ACCEPTOR_H_

#include <functional>
#include <thread>
#include <vector>

#include "common/http_server/listeners.h"

namespace narthex {

class Acceptor {
 public:
  using Take = std::function<void(int)>;

  // Calls `take` with the socket of each connection, which is its to close and does not block; on
  // the acceptor's thread, until it is destroyed. `take` may not block. The listeners are borrowed.
  Acceptor(std::vector<Listener>& listeners, Take take);
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

 private:
  void Run();
  void AcceptOne(const Listener& listener);
  void PauseWithoutDescriptors();

  std::vector<Listener>& listeners_;
  const Take take_;
  const int wake_fd_;
  std::thread thread_;
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_SERVER_ACCEPTOR_H_
