#include "exporters/kit/sql/session_pool.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <vector>

namespace narthex::exporters {

struct SessionPool::Shared {
  struct Idle {
    std::string database;
    std::unique_ptr<SqlSession> session;
  };

  // With the lock. The newest idle session of a database, null where there is none.
  std::unique_ptr<SqlSession> TakeIdle(const std::string& database) {
    const auto found = std::find_if(idle.rbegin(), idle.rend(),
                                    [&](const Idle& one) { return one.database == database; });
    if (found == idle.rend()) return nullptr;
    std::unique_ptr<SqlSession> session = std::move(found->session);
    idle.erase(std::next(found).base());
    return session;
  }

  // With the lock. Whether one may be opened now; an idle one of another database makes room.
  bool TakePlace(std::vector<std::unique_ptr<SqlSession>>& dropped) {
    if (open < max_sessions) {
      ++open;
      return true;
    }
    if (idle.empty()) return false;
    dropped.push_back(std::move(idle.front().session));
    idle.erase(idle.begin());
    return true;
  }

  // An idle session, or null for a place to open one at.
  Result<std::unique_ptr<SqlSession>> TakeOrWait(const std::string& database,
                                                 const QueryBounds& bounds) {
    std::vector<std::unique_ptr<SqlSession>> dropped;  // ended after the lock is given up
    std::unique_lock lock(mutex);
    for (bool has_waited = false;; has_waited = true) {
      while (std::unique_ptr<SqlSession> session = TakeIdle(database)) {
        if (session->IsAlive()) return session;
        dropped.push_back(std::move(session));
        --open;
      }
      if (TakePlace(dropped)) return std::unique_ptr<SqlSession>();
      RETURN_IF_ERROR(bounds.Check().Prefixed("no connection came free"));
      if (!has_waited) ++waited_for;
      changed.wait_for(lock, std::chrono::milliseconds(bounds.NextLook().ms));
    }
  }

  void GiveBack(std::string database, std::unique_ptr<SqlSession> session) {
    bool keep = session->IsAlive();
    {
      const std::lock_guard lock(mutex);
      keep = keep && !closed;
      if (keep) idle.push_back({std::move(database), std::move(session)});
    }
    if (!keep) {
      session.reset();  // before its place is free
      const std::lock_guard lock(mutex);
      --open;
    }
    changed.notify_one();
  }

  const size_t max_sessions;
  const Connect connect;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Idle> idle;  // the longest idle first
  size_t open = 0;         // idle, leased, or being opened
  double opened = 0;
  double waited_for = 0;
  bool closed = false;
};

SessionPool::Lease::~Lease() {
  if (session_) shared_->GiveBack(std::move(database_), std::move(session_));
}

SessionPool::SessionPool(size_t max_sessions, Connect connect)
    : shared_(new Shared{max_sessions, std::move(connect), {}, {}, {}}) {}

SessionPool::~SessionPool() {
  std::vector<Shared::Idle> idle;
  const std::lock_guard lock(shared_->mutex);
  shared_->closed = true;
  shared_->open -= shared_->idle.size();
  idle.swap(shared_->idle);
}

Result<SessionPool::Lease> SessionPool::Take(const std::string& database,
                                             const QueryBounds& bounds) {
  ASSIGN_OR_RETURN(std::unique_ptr<SqlSession> session, shared_->TakeOrWait(database, bounds));
  if (session) return Lease(shared_, database, std::move(session));
  auto connected = shared_->connect(database, bounds);
  const std::lock_guard lock(shared_->mutex);
  if (!connected.ok()) {
    --shared_->open;
    shared_->changed.notify_one();
    return connected.status();
  }
  ++shared_->opened;
  return Lease(shared_, database, std::move(*connected));
}

size_t SessionPool::open() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->open;
}

double SessionPool::opened() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->opened;
}

double SessionPool::waited_for() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->waited_for;
}

}  // namespace narthex::exporters
