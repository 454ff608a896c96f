#include "common/http_server/basic_auth.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/random.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <memory>

#include "common/bytes/ignore_case.h"
#include "common/http_server/message.h"

namespace narthex {
namespace {

constexpr size_t kMaxRemembered = 100;
constexpr int kMaxWaiting = 16;
constexpr size_t kMaxEncodedBytes = 8 * 1024;  // of user and password in base64

// $2y$10$ and 53 characters of salt and hash.
constexpr size_t kBcryptLength = 60;
constexpr size_t kBcryptPrefix = 7;

bool IsBcryptChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '/';
}

// Standard base64 with its padding, as RFC 7617 has it.
std::optional<std::string> DecodeBase64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0 || text.size() > kMaxEncodedBytes) return std::nullopt;
  const size_t padding = text.size() - std::min(text.find('='), text.size());
  const bool clean = std::all_of(text.begin(), text.end() - static_cast<ptrdiff_t>(padding),
                                 [](char c) { return (IsBcryptChar(c) && c != '.') || c == '+'; });
  if (!clean || padding > 2 ||
      text.substr(text.size() - padding) != std::string_view("==").substr(0, padding))
    return std::nullopt;
  std::string decoded(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(decoded.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  decoded.resize(static_cast<size_t>(size) - padding);
  return decoded;
}

}  // namespace

std::optional<Credentials> ParseBasicAuthorization(std::string_view header) {
  constexpr std::string_view kScheme = "Basic ";
  if (!EqualIgnoringCase(header.substr(0, kScheme.size()), kScheme)) return std::nullopt;
  const auto decoded = DecodeBase64(header.substr(kScheme.size()));
  if (!decoded) return std::nullopt;
  const size_t colon = decoded->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return Credentials{decoded->substr(0, colon),
                     config::Secret(std::string_view(*decoded).substr(colon + 1))};
}

Status CheckBcryptHash(const config::Secret& hash) {
  const std::string& text = hash.reveal();
  const bool known =
      text.substr(0, 4) == "$2a$" || text.substr(0, 4) == "$2b$" || text.substr(0, 4) == "$2y$";
  if (!known || text.size() != kBcryptLength || text[kBcryptPrefix - 1] != '$')
    return InvalidArgument("its password is not a bcrypt hash");
  if (!std::all_of(text.begin() + kBcryptPrefix, text.end(), IsBcryptChar))
    return InvalidArgument("its password is not a bcrypt hash");
  const std::string cost = text.substr(4, 2);
  if (cost < "04" || cost > "31" || cost[1] < '0' || cost[1] > '9')
    return InvalidArgument("cost of its bcrypt hash: want 04 to 31");
  return {};
}

bool CheckBcrypt(const config::Secret& hash, const config::Secret& password) {
  if (password.reveal().find('\0') != std::string::npos) return false;
  const auto work = std::make_unique<crypt_data>();  // 32 kB
  const char* computed = crypt_r(password.reveal().c_str(), hash.reveal().c_str(), work.get());
  const bool right = computed != nullptr && std::strlen(computed) == hash.reveal().size() &&
                     CRYPTO_memcmp(computed, hash.reveal().data(), hash.reveal().size()) == 0;
  OPENSSL_cleanse(work.get(), sizeof *work);
  return right;
}

PasswordChecker::PasswordChecker() : key_() {
  // Of the kernel: OpenSSL would be set up for it, at 0.2 MB, where nothing else needs it.
  const ssize_t random = ::getrandom(key_.data(), key_.size(), 0);  // up to 256 bytes at once
  assert(random == static_cast<ssize_t>(key_.size()));
  static_cast<void>(random);
}

// HMAC-SHA-256; the lengths keep one field from running into the next.
PasswordChecker::Digest PasswordChecker::Keyed(std::string_view user, std::string_view hash,
                                               std::string_view password) const {
  std::string message;
  for (const std::string_view field : {user, hash, password}) {
    message.append(std::to_string(field.size())).append(":").append(field);
  }
  Digest digest{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(), digest.data(),
       &size);
  OPENSSL_cleanse(message.data(), message.size());
  assert(size == digest.size());
  return digest;
}

// A known user's hash, always the same one for the same unknown user: so that whatever costs the
// hashes have, neither one answer nor many tell the two kinds apart.
const config::Secret& PasswordChecker::AnyHash(const Users& users,
                                               std::string_view unknown_user) const {
  const Digest digest = Keyed(unknown_user, {}, {});
  return std::next(users.begin(), static_cast<ptrdiff_t>(digest[0] % users.size()))->second;
}

bool PasswordChecker::IsRemembered(const Digest& digest) {
  const std::lock_guard lock(mutex_);
  return remembered_.count(digest) > 0;
}

void PasswordChecker::Remember(const Digest& digest) {
  const std::lock_guard lock(mutex_);
  if (!remembered_.insert(digest).second) return;
  oldest_first_.push_back(digest);
  if (oldest_first_.size() <= kMaxRemembered) return;
  remembered_.erase(oldest_first_.front());
  oldest_first_.pop_front();
}

PasswordChecker::Verdict PasswordChecker::Check(const Users& users,
                                                const Credentials& credentials) {
  assert(!users.empty());
  const auto user = users.find(credentials.user);
  const bool known = user != users.end();
  const config::Secret& hash = known ? user->second : AnyHash(users, credentials.user);
  const Digest digest = Keyed(credentials.user, hash.reveal(), credentials.password.reveal());
  if (known && IsRemembered(digest)) return Verdict::kRight;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_ >= kMaxWaiting) return Verdict::kBusy;
    ++waiting_;
  }
  bool right = false;
  {
    const std::lock_guard one_at_a_time(bcrypt_);
    // Another request with the same password may just have shown it.
    right = known && IsRemembered(digest);
    if (!right) right = CheckBcrypt(hash, credentials.password) && known;
  }
  if (right) Remember(digest);
  const std::lock_guard lock(mutex_);
  --waiting_;
  return right ? Verdict::kRight : Verdict::kWrong;
}

}  // namespace narthex
