// Status and Result: how every expected failure travels. A broken invariant is an assert instead,
// and what a library throws becomes a Status in the one file that calls it.
//
//   Result<std::string> ReadAll(const std::string& path);
//   Status Load() {
//     ASSIGN_OR_RETURN(const std::string text, ReadAll("a"));
//     return Apply(text).Prefixed("load");
//   }
//
// A message goes from outermost context to finding, lower case, no full stop, values quoted:
//   wal: open "/data/wal/00000012": Permission denied
#ifndef NARTHEX_COMMON_STATUS_STATUS_H_
#define NARTHEX_COMMON_STATUS_STATUS_H_

#include <cassert>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace narthex {

enum class Code : unsigned char {
  kOk = 0,
  kInvalidArgument,  // the caller's or user's input is wrong; trying again cannot help
  kNotFound,         // the thing asked for does not exist
  kNoData,           // the source exists on other machines, not on this one: not a failure
  kCorruption,       // bytes that break their format
  kUnavailable,      // the outside refused: disk, network, peer; may work later
  kTimeout,          // a deadline passed
  kCancelled,        // the asker does not want it any more
  kLimit,            // a configured bound was reached
  kOutOfOrder,       // a sample older than the newest of its series
  kOutOfBounds,      // a sample older than what storage still takes
  kDuplicate,        // a second, different value for one series and timestamp
};

// The code's name as logs and metrics show it: "invalid_argument".
std::string_view CodeName(Code code);

// Success, or a code with a message. Success is one null pointer, so returning it costs nothing.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Code code, std::string message)
      : failure_(std::make_unique<Failure>(Failure{code, std::move(message)})) {
    assert(code != Code::kOk);
  }
  Status(const Status& other) : failure_(Clone(other)) {}
  Status(Status&&) noexcept = default;
  Status& operator=(const Status& other) {
    if (this != &other) failure_ = Clone(other);
    return *this;
  }
  Status& operator=(Status&&) noexcept = default;
  ~Status() = default;

  bool ok() const { return failure_ == nullptr; }
  Code code() const { return failure_ ? failure_->code : Code::kOk; }
  // Empty when ok.
  std::string_view message() const {
    return failure_ ? std::string_view(failure_->message) : std::string_view();
  }

  // The same failure with "context: " in front of its message; ok stays ok.
  Status Prefixed(std::string_view context) const;

 private:
  struct Failure {
    Code code;
    std::string message;
  };
  static std::unique_ptr<Failure> Clone(const Status& other) {
    return other.failure_ ? std::make_unique<Failure>(*other.failure_) : nullptr;
  }

  std::unique_ptr<Failure> failure_;
};

// A T, or the Status that says why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}         // NOLINT(google-explicit-constructor)
  Result(Status status) : status_(std::move(status)) {  // NOLINT(google-explicit-constructor)
    assert(!status_.ok());
  }

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }
  Code code() const { return status_.code(); }
  std::string_view message() const { return status_.message(); }

  // Only when ok().
  T& value() & { return *value_; }
  const T& value() const& { return *value_; }
  T&& value() && { return std::move(*value_); }
  T& operator*() & { return *value_; }
  const T& operator*() const& { return *value_; }
  T&& operator*() && { return std::move(*value_); }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }

  // The same result with the failure's message put into context; a value passes through.
  Result Prefixed(std::string_view context) && {
    if (ok()) return std::move(*this);
    return Result(status_.Prefixed(context));
  }

 private:
  Status status_;
  std::optional<T> value_;
};

// Makers: the pieces are joined as they are.
namespace status_internal {
std::string Join(std::initializer_list<std::string_view> pieces);
}  // namespace status_internal

#define NARTHEX_STATUS_MAKER(name)                                                      \
  template <typename... Pieces>                                                         \
  Status name(const Pieces&... pieces) {                                                \
    return Status(Code::k##name, status_internal::Join({std::string_view(pieces)...})); \
  }
NARTHEX_STATUS_MAKER(InvalidArgument)
NARTHEX_STATUS_MAKER(NotFound)
NARTHEX_STATUS_MAKER(NoData)
NARTHEX_STATUS_MAKER(Corruption)
NARTHEX_STATUS_MAKER(Unavailable)
NARTHEX_STATUS_MAKER(Timeout)
NARTHEX_STATUS_MAKER(Cancelled)
#undef NARTHEX_STATUS_MAKER
template <typename... Pieces>
Status LimitReached(const Pieces&... pieces) {
  return Status(Code::kLimit, status_internal::Join({std::string_view(pieces)...}));
}

// Unavailable with what errno says: "open "/x": Permission denied". `action` is verb and object.
// A name that does not exist is kNotFound, what the kernel has switched off (EOPNOTSUPP) kNoData.
Status ErrnoStatus(std::string_view action, int error);

// The text in double quotes for a message: control bytes and quotes escaped, long text cut.
std::string Quote(std::string_view text);

#define NARTHEX_CONCAT_INNER(a, b) a##b
#define NARTHEX_CONCAT(a, b) NARTHEX_CONCAT_INNER(a, b)

#define RETURN_IF_ERROR(expression)                                            \
  do {                                                                         \
    if (::narthex::Status narthex_status = (expression); !narthex_status.ok()) \
      return narthex_status;                                                   \
  } while (false)

#define ASSIGN_OR_RETURN(declaration, expression) \
  NARTHEX_ASSIGN_OR_RETURN(NARTHEX_CONCAT(narthex_result_, __LINE__), declaration, expression)
#define NARTHEX_ASSIGN_OR_RETURN(result, declaration, expression) \
  auto result = (expression);                                     \
  if (!result.ok()) return result.status();                       \
  declaration = std::move(*result)

}  // namespace narthex

#endif  // NARTHEX_COMMON_STATUS_STATUS_H_
