// One connection to a database server as collectors see it, whichever the server is.
#ifndef NARTHEX_EXPORTERS_KIT_SQL_SESSION_H_
#define NARTHEX_EXPORTERS_KIT_SQL_SESSION_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/bytes/duration.h"
#include "common/status/status.h"

namespace narthex::exporters {

// Until when, and how much, a statement may go on. Copies share `cancelled`.
struct QueryBounds {
  using Time = std::chrono::steady_clock::time_point;

  static constexpr size_t kMaxRows = 1'000'000;  // of what we ask; own queries have less

  Time deadline;
  std::shared_ptr<const std::atomic<bool>> cancelled;  // by whoever asked; may be null
  size_t max_rows = kMaxRows;

  // kTimeout or kCancelled once it is over.
  Status Check() const;
  // Until the deadline, but at most so long that cancelling is noticed soon.
  Duration NextLook() const;
  // The same, ended earlier: `timeout` from now.
  QueryBounds Within(Duration timeout) const;
};

// How a value's text is to be read.
enum class ValueKind : unsigned char {
  kText,  // also numbers, as text
  kBool,  // t or f, true or false, 1 or 0
  kTime,  // 2026-11-28 05:16:31.5+01; without an offset it is UTC
};

// One row of an answer, as it comes. What it gives lives until the handler returns.
class SqlRow {
 public:
  virtual ~SqlRow() = default;

  virtual size_t size() const = 0;  // in columns
  virtual std::string_view name(size_t column) const = 0;
  virtual ValueKind kind(size_t column) const = 0;
  virtual std::optional<std::string_view> text(size_t column) const = 0;  // nothing for NULL

  // A number, 1 or 0 for a truth, Unix time in seconds; nothing for NULL and for other text.
  std::optional<double> Number(size_t column) const;
  // As a label shows it: true, false, whole seconds of Unix time; empty for NULL.
  std::string Label(size_t column) const;
};

// Use from one thread at a time.
class SqlSession {
 public:
  // A handler that fails ends the statement.
  using RowHandler = std::function<Status(const SqlRow&)>;

  virtual ~SqlSession() = default;

  // Runs a statement and gives its rows one by one. kTimeout: over a limit of ours or the server's,
  // kCancelled, kLimit: more than max_rows, kNotFound: the server has no such table or variable
  // (where it can be told), kUnavailable: anything else. The server is told to stop what is not
  // wanted any more.
  virtual Status Query(const std::string& statement, const QueryBounds& bounds,
                       const RowHandler& handle) = 0;

  // Whether the server answers.
  virtual Status Ping(const QueryBounds& bounds) = 0;

  // Whether it may be used again; asks the socket, not the server.
  virtual bool IsAlive() = 0;

  // The server's version: 15.18 is {15, 18, 0}.
  struct Version {
    int major = 0;
    int minor = 0;
    int patch = 0;

    auto operator<=>(const Version&) const = default;  // NOLINT(modernize-use-nullptr)
    std::string ToString() const;                      // "15.18.0"
  };
  virtual Version version() const = 0;
  // As the server spells it, with what it says of its build.
  virtual const std::string& version_text() const = 0;
};

// "2026-11-28 05:16:31.25+05:30" as Unix time in seconds; nothing for other text, "infinity" too.
std::optional<double> ParseSqlTime(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_SQL_SESSION_H_
