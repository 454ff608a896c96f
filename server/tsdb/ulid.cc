#include "server/tsdb/ulid.h"

#include <algorithm>
#include <cassert>
#include <random>

namespace narthex::tsdb {
namespace {

constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr size_t kTimeDigits = 10;
constexpr size_t kSize = 26;

}  // namespace

std::string NewUlid(int64_t now_ms) {
  std::string ulid(kSize, '0');
  auto time = static_cast<uint64_t>(now_ms);
  for (size_t i = kTimeDigits; i-- > 0; time >>= 5) ulid[i] = kDigits[time & 31];
  std::random_device random;
  for (size_t i = kTimeDigits; i < kSize; ++i) ulid[i] = kDigits[random() & 31];
  return ulid;
}

bool IsUlid(std::string_view text) {
  return text.size() == kSize && text[0] <= '7' &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return kDigits.find(c) != std::string_view::npos; });
}

int64_t UlidTimeMs(std::string_view ulid) {
  assert(IsUlid(ulid));
  uint64_t time = 0;
  for (char c : ulid.substr(0, kTimeDigits)) time = time << 5 | kDigits.find(c);
  return static_cast<int64_t>(time);
}

}  // namespace narthex::tsdb
