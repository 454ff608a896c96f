// The connections of one server: how many there are, which of them wait for a next request, and
// the means to end them from outside.
#ifndef NARTHEX_COMMON_HTTP_SERVER_CONNECTIONS_H_
#define NARTHEX_COMMON_HTTP_SERVER_CONNECTIONS_H_

#include <Poco/Net/StreamSocket.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <mutex>

namespace narthex {

// Safe from many threads.
class Connections {
 public:
  explicit Connections(size_t limit) : limit_(limit) {}

  // One connection, from its accept, in the order of accepts, to its close.
  class Entry {
   public:
    Entry(Connections& all, const Poco::Net::StreamSocket& socket);
    ~Entry();
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

    // What the connection does: one that is new is about to receive its first request. To make
    // room the one idle longest is closed, else the oldest that receives; never one that answers.
    enum class State : unsigned char { kIdle, kReceiving, kAnswering };
    void Set(State state);

    // There was no room for it, and nothing could be closed to make some.
    bool beyond_limit() const { return beyond_limit_; }

   private:
    friend class Connections;
    Connections& all_;
    Poco::Net::StreamSocket socket_;
    State state_ = State::kReceiving;
    bool ended_ = false;
    bool beyond_limit_ = false;
    std::list<Entry*>::iterator position_;
  };

  size_t count() const;
  // Waits until there is none, or the time is over.
  void AwaitNone(std::chrono::milliseconds patience) const;
  // Three quarters of the limit are in use: time to let connections go.
  bool NearLimit() const;

  // Makes every connection end: at once where `now`, else when the present request is answered.
  // One that is entered later ends at once.
  void EndAll(bool now);

 private:
  bool NearLimitLocked() const { return entries_.size() * 4 >= limit_ * 3; }
  bool EndOldestLocked(Entry::State state);

  const size_t limit_;
  size_t ended_ = 0;  // entries that were ended to make room and are about to leave
  mutable std::mutex mutex_;
  mutable std::condition_variable left_;  // the last connection
  bool ending_ = false;
  std::list<Entry*> entries_;  // those idle longest first
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_SERVER_CONNECTIONS_H_
