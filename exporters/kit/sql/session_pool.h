// The connections to one server: never more than so many, kept between scrapes.
#ifndef NARTHEX_EXPORTERS_KIT_SQL_SESSION_POOL_H_
#define NARTHEX_EXPORTERS_KIT_SQL_SESSION_POOL_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "exporters/kit/sql/session.h"

namespace narthex::exporters {

// Safe from several threads. Leases may outlive the pool; their sessions end with them then.
class SessionPool {
  struct Shared;

 public:
  // Connects to a database of the server; "" is the one that the settings name.
  using Connect = std::function<Result<std::unique_ptr<SqlSession>>(const std::string& database,
                                                                    const QueryBounds& bounds)>;

  // The use of a session; it goes back to the pool, or ends where it is broken.
  class Lease {
   public:
    Lease(std::shared_ptr<Shared> shared, std::string database, std::unique_ptr<SqlSession> session)
        : shared_(std::move(shared)),
          database_(std::move(database)),
          session_(std::move(session)) {}
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease();

    SqlSession& operator*() const { return *session_; }
    SqlSession* operator->() const { return session_.get(); }

   private:
    std::shared_ptr<Shared> shared_;
    std::string database_;
    std::unique_ptr<SqlSession> session_;
  };

  SessionPool(size_t max_sessions, Connect connect);
  ~SessionPool();
  SessionPool(const SessionPool&) = delete;
  SessionPool& operator=(const SessionPool&) = delete;

  // A session that is idle, else a new one; waits for one to come free. Errors are those of
  // Connect and of the bounds.
  Result<Lease> Take(const std::string& database, const QueryBounds& bounds);

  size_t open() const;        // sessions now
  double opened() const;      // connections made since the start
  double waited_for() const;  // how often all were taken

 private:
  std::shared_ptr<Shared> shared_;
};

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_SQL_SESSION_POOL_H_
