// Basic authentication against bcrypt hashes.
//
// A right password is remembered, because bcrypt takes tens of milliseconds by design: under a
// keyed hash of user, bcrypt hash and password, each with its length, so that no other triple finds
// the entry. Wrong ones are not remembered. An unknown user costs the same time as a known one, and
// one bcrypt runs at a time with a short queue, so that nobody can occupy the machine with it.
#ifndef NARTHEX_COMMON_HTTP_SERVER_BASIC_AUTH_H_
#define NARTHEX_COMMON_HTTP_SERVER_BASIC_AUTH_H_

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "common/config/secret.h"
#include "common/status/status.h"

namespace narthex {

struct Credentials {
  std::string user;
  config::Secret password;
};

// Of an Authorization header: "Basic dXNlcjpwYXNz". Nothing where it is anything else.
std::optional<Credentials> ParseBasicAuthorization(std::string_view header);

// Whether this is a hash that CheckBcrypt takes: $2a$, $2b$ or $2y$, cost 4 to 31.
Status CheckBcryptHash(const config::Secret& hash);

// Takes its time. False too for a password with a zero byte: the hash ends there.
bool CheckBcrypt(const config::Secret& hash, const config::Secret& password);

// Safe from many threads.
class PasswordChecker {
 public:
  using Users = std::map<std::string, config::Secret>;  // to bcrypt hashes
  enum class Verdict : unsigned char { kRight, kWrong, kBusy };

  PasswordChecker();

  // kBusy when too many wait for their bcrypt already.
  Verdict Check(const Users& users, const Credentials& credentials);

 private:
  using Digest = std::array<unsigned char, 32>;

  Digest Keyed(std::string_view user, std::string_view hash, std::string_view password) const;
  const config::Secret& AnyHash(const Users& users, std::string_view unknown_user) const;
  bool IsRemembered(const Digest& digest);
  void Remember(const Digest& digest);

  Digest key_;  // of this process only
  std::mutex mutex_;
  std::set<Digest> remembered_;
  std::deque<Digest> oldest_first_;
  int waiting_ = 0;
  std::mutex bcrypt_;
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_SERVER_BASIC_AUTH_H_
