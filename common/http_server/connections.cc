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
  if (all_.NearLimitLocked()) all_.EndOldestIdleLocked();
}

Connections::Entry::~Entry() {
  const std::lock_guard lock(all_.mutex_);
  all_.entries_.erase(position_);
}

void Connections::Entry::SetIdle(bool idle) {
  const std::lock_guard lock(all_.mutex_);
  idle_ = idle;
  if (idle) all_.entries_.splice(all_.entries_.end(), all_.entries_, position_);
}

size_t Connections::count() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

bool Connections::NearLimit() const {
  const std::lock_guard lock(mutex_);
  return NearLimitLocked();
}

void Connections::EndOldestIdleLocked() {
  for (Entry* entry : entries_) {
    // The newest entry is the one that asks for room.
    if (!entry->idle_ || entry->ended_ || entry == entries_.back()) continue;
    entry->ended_ = true;
    ShutDown(entry->socket_, true);
    return;
  }
}

void Connections::EndAll(bool now) {
  const std::lock_guard lock(mutex_);
  for (Entry* entry : entries_) ShutDown(entry->socket_, now || entry->idle_);
}

}  // namespace narthex
