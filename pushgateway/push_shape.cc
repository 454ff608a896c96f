#include "pushgateway/push_shape.h"

#include <xxhash.h>

#include <memory>
#include <optional>
#include <random>

#include "common/bytes/numbers.h"

namespace narthex::pushgateway {
namespace {

// What a number is made of that every reader takes for the same. Others have no shape: the strict
// reader decides about them.
bool IsPlainNumber(std::string_view text) {
  if (text == "NaN" || text == "+Inf" || text == "-Inf") return true;
  if (text.empty()) return false;
  for (char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit && c != '.' && c != '-' && c != '+' && c != 'e') return false;
  }
  return true;
}

// Takes a line with its line feed off `rest`; empty at the end or where the last line has none.
std::string_view TakeLine(std::string_view& rest) {
  const size_t end = rest.find('\n');
  const std::string_view line =
      end == std::string_view::npos ? std::string_view() : rest.substr(0, end + 1);
  rest.remove_prefix(line.size());
  return line;
}

bool IsSample(std::string_view line) { return line[0] != '#' && line[0] != '\n'; }

// Where the number of a sample line begins: after its last blank.
size_t NumberAt(std::string_view line) { return line.rfind(' ') + 1; }

std::string_view NumberIn(std::string_view line) {
  const size_t at = NumberAt(line);
  return line.substr(at, line.size() - 1 - at);
}

struct FreeState {
  void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
};

}  // namespace

bool Cut(std::string_view body, CutText& cut) {
  static const uint64_t kSeed = [] {
    std::random_device random;
    return uint64_t{random()} << 32 | random();
  }();
  static thread_local std::unique_ptr<XXH3_state_t, FreeState> state(XXH3_createState());
  XXH3_128bits_reset_withSeed(state.get(), kSeed);
  cut.numbers.clear();
  size_t hashed = 0;  // bytes of the body
  const std::string_view whole = body;
  while (!body.empty()) {
    const std::string_view line = TakeLine(body);
    if (line.empty()) return false;
    if (!IsSample(line)) continue;
    const std::string_view number = NumberIn(line);
    if (!IsPlainNumber(number)) return false;
    const std::optional<double> value = ParseDouble(number);
    if (!value) return false;
    cut.numbers.push_back(*value);
    // What is left where a number was, a blank and a line feed, ends no line that has a shape.
    const auto begin = static_cast<size_t>(number.data() - whole.data());
    XXH3_128bits_update(state.get(), whole.data() + hashed, begin - hashed);
    hashed = begin + number.size();
  }
  XXH3_128bits_update(state.get(), whole.data() + hashed, whole.size() - hashed);
  const XXH128_hash_t hash = XXH3_128bits_digest(state.get());
  cut.shape = {hash.low64, hash.high64};
  return true;
}

std::string Numbered(std::string_view body) {
  std::string text;
  uint64_t next = 0;
  while (!body.empty()) {
    const std::string_view line = TakeLine(body);
    assert(!line.empty());
    if (!IsSample(line)) {
      text += line;
      continue;
    }
    text += line.substr(0, NumberAt(line));
    AppendUnsigned(text, next++);
    text += '\n';
  }
  return text;
}

std::vector<uint32_t> NumbersOf(std::string_view text) {
  std::vector<uint32_t> numbers;
  while (!text.empty()) {
    const auto number = ParseDouble(NumberIn(TakeLine(text)));
    assert(number && *number >= 0 && *number < UINT32_MAX);
    numbers.push_back(static_cast<uint32_t>(*number));
  }
  return numbers;
}

void Renumber(std::string& text, const uint32_t* order,
              const std::vector<std::string_view>& numbers) {
  static thread_local std::string renumbered;
  renumbered.clear();
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view line = TakeLine(rest);
    renumbered += line.substr(0, NumberAt(line));
    renumbered += numbers[*order++];
    renumbered += '\n';
  }
  text = renumbered;
}

}  // namespace narthex::pushgateway
