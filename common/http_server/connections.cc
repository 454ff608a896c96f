#include "common/http_server/connections.h"

#include <Poco/Exception.h>

namespace narthex {
namespace {

// Wakes a thread that waits in poll or read; the socket stays the thread's to close.
void ShutDown(Poco::Net::StreamSocket& socket, bool both_ways) {
  try {
    if (both_ways) {
      socket.shutdown();
    } else {
      socket.shutdownReceive();
    }
  } catch (const Poco::Exception&) {
    return;  // the peer was faster
  }
}

}  // namespace

Connections::Entry::Entry(Connections& all, const Poco::Net::StreamSocket& socket)
    : all_(all), socket_(socket) {
  const std::lock_guard lock(all_.mutex_);
  position_ = all_.entries_.insert(all_.entries_.end(), this);
  if (all_.ending_) ShutDown(socket_, true);
  // Who takes too long to send a request must not keep others out.
  if (all_.NearLimitLocked() && !all_.EndOldestLocked(State::kIdle))
    all_.EndOldestLocked(State::kReceiving);
  beyond_limit_ = all_.entries_.size() - all_.ended_ > all_.limit_;
}

Connections::Entry::~Entry() {
  const std::lock_guard lock(all_.mutex_);
  all_.entries_.erase(position_);
  if (ended_) --all_.ended_;
  if (all_.entries_.empty()) all_.left_.notify_all();
}

void Connections::Entry::Set(State state) {
  const std::lock_guard lock(all_.mutex_);
  state_ = state;
  if (state == State::kIdle) all_.entries_.splice(all_.entries_.end(), all_.entries_, position_);
}

size_t Connections::count() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

void Connections::AwaitNone(std::chrono::milliseconds patience) const {
  std::unique_lock lock(mutex_);
  left_.wait_for(lock, patience, [this] { return entries_.empty(); });
}

bool Connections::NearLimit() const {
  const std::lock_guard lock(mutex_);
  return NearLimitLocked();
}

bool Connections::EndOldestLocked(Entry::State state) {
  for (Entry* entry : entries_) {
    // The newest entry is the one that asks for room.
    if (entry->state_ != state || entry->ended_ || entry == entries_.back()) continue;
    entry->ended_ = true;
    ++ended_;
    ShutDown(entry->socket_, true);
    return true;
  }
  return false;
}

void Connections::EndAll(bool now) {
  const std::lock_guard lock(mutex_);
  ending_ = true;
  for (Entry* entry : entries_)
    ShutDown(entry->socket_, now || entry->state_ != Entry::State::kAnswering);
}

}  // namespace narthex
