#include "tests/bench/target_generator/target_body.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>

namespace narthex::bench {
namespace {

constexpr unsigned kTargetBits = 12;
constexpr size_t kPodIdDigits = 8;

struct Spelling {
  std::string_view text;  // of a value all of whose digits are 0
  unsigned digits;
  unsigned decimals;  // of the digits; there is a point when it is not zero
};

constexpr Spelling SpellingOf(ValueKind kind) {
  switch (kind) {
    case ValueKind::kCounter:
    case ValueKind::kBucket:
      return {"000000", 6, 0};
    case ValueKind::kLargeCounter:
    case ValueKind::kBytes:
      return {"0.000000000e+09", 10, 9};
    case ValueKind::kSeconds:
      return {"00000.00", 7, 2};
    case ValueKind::kSum:
      return {"00000.000000000", 14, 9};
    case ValueKind::kCount:
      return {"000", 3, 0};
    case ValueKind::kRatio:
      return {"0.0000", 5, 4};
    case ValueKind::kDuration:
      return {"0.000000000", 10, 9};
  }
  return {};
}

constexpr uint64_t PowerOfTen(unsigned exponent) {
  return exponent == 0 ? 1 : 10 * PowerOfTen(exponent - 1);
}

constexpr std::array<char, 200> kPairs = [] {
  std::array<char, 200> pairs{};
  for (size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

template <unsigned digits>
void WriteDigits(char* at, uint64_t value) {
  if constexpr (digits == 1) {
    *at = static_cast<char>('0' + value % 10);
  } else if constexpr (digits > 1) {
    std::memcpy(at + digits - 2, &kPairs[2 * (value % 100)], 2);
    WriteDigits<digits - 2>(at, value / 100);
  }
}

template <ValueKind kind>
void WriteValue(char* at, uint64_t value) {
  constexpr Spelling kSpelling = SpellingOf(kind);
  constexpr unsigned kWhole = kSpelling.digits - kSpelling.decimals;
  WriteDigits<kWhole>(at, value / PowerOfTen(kSpelling.decimals));
  if constexpr (kSpelling.decimals > 0) {
    WriteDigits<kSpelling.decimals>(at + kWhole + 1, value % PowerOfTen(kSpelling.decimals));
  }
}

// A last digit that is not 0, as the shortest spelling of a fraction has it.
uint64_t WithLastDigit(uint64_t value) { return value % 10 == 0 ? value + 1 : value; }

// A counter that has used up its digits starts again, as after a restart.
template <ValueKind kind>
uint64_t Raised(uint64_t value, uint64_t step) {
  constexpr unsigned kDigits = SpellingOf(kind).digits;
  const uint64_t raised = value + step;
  return raised < PowerOfTen(kDigits) ? raised : PowerOfTen(kDigits - 1) + step;
}

// `low` and 0 to 2^16-1 steps more; another one than `before`.
uint64_t Another(uint64_t before, uint64_t low, uint64_t range, uint32_t random) {
  const uint64_t value = low + random % range;
  return value != before ? value : low + (value - low + 2) % range;
}

template <ValueKind kind>
uint64_t Moved(uint64_t value, uint32_t random, uint16_t bucket_step) {
  using enum ValueKind;
  if constexpr (kind == kCounter) return Raised<kind>(value, 1 + random % 9);
  if constexpr (kind == kBucket) return Raised<kind>(value, bucket_step);
  if constexpr (kind == kLargeCounter) return Raised<kind>(value, 1 + (random & 0xffff));
  if constexpr (kind == kSeconds) return WithLastDigit(Raised<kind>(value, 1 + (random & 511)));
  if constexpr (kind == kSum) return WithLastDigit(Raised<kind>(value, 1 + uint64_t{random} * 2));
  if constexpr (kind == kCount) return Another(value, 100, 900, random);
  if constexpr (kind == kRatio)
    return Another(value / 10, 100, 899, random) * 10 + 1 + random / 900 % 9;
  if constexpr (kind == kDuration)
    return WithLastDigit(Another(value, 100'000'001, 899'999'990, random));
  if constexpr (kind == kBytes) {
    const uint64_t drift = uint64_t{4096} * (1 + (random & 0xff));
    const bool up = value < 1'100'000'000 || (value < 9'900'000'000 && (random & 0x100) != 0);
    return up ? value + drift : value - drift;
  }
}

template <ValueKind kind>
uint64_t MoveAndWrite(char* at, uint64_t value, uint32_t random, uint16_t bucket_step) {
  const uint64_t moved = Moved<kind>(value, random, bucket_step);
  WriteValue<kind>(at, moved);
  return moved;
}

uint64_t MoveAndWrite(ValueKind kind, char* at, uint64_t value, uint32_t random, uint16_t step) {
  using enum ValueKind;
  switch (kind) {
    case kCounter:
      return MoveAndWrite<kCounter>(at, value, random, step);
    case kBucket:
      return MoveAndWrite<kBucket>(at, value, random, step);
    case kLargeCounter:
      return MoveAndWrite<kLargeCounter>(at, value, random, step);
    case kSeconds:
      return MoveAndWrite<kSeconds>(at, value, random, step);
    case kSum:
      return MoveAndWrite<kSum>(at, value, random, step);
    case kCount:
      return MoveAndWrite<kCount>(at, value, random, step);
    case kRatio:
      return MoveAndWrite<kRatio>(at, value, random, step);
    case kDuration:
      return MoveAndWrite<kDuration>(at, value, random, step);
    case kBytes:
      return MoveAndWrite<kBytes>(at, value, random, step);
  }
  return value;
}

}  // namespace

TargetBody::TargetBody(const BodyOptions& options, size_t target)
    : series_(options.series),
      churned_per_scrape_(static_cast<double>(options.series) * options.churn_percent / 100),
      next_pod_id_(static_cast<uint32_t>(target) << (32 - kTargetBits)),
      random_(0x9e3779b97f4a7c15 * (target + 1)) {
  assert(target < size_t{1} << kTargetBits);
  const size_t per_pod = SeriesPerPod();
  pods_.resize((options.series + per_pod - 1) / per_pod);
  for (size_t i = 0; i < pods_.size(); ++i)
    pods_[i].series = std::min(per_pod, options.series - i * per_pod);
  size_t first_row = 0;
  for (const FamilyRow& family : PodSchema()) {
    AddFamily(family, first_row, options);
    first_row += family.series.size();
  }
  for (Pod& pod : pods_) RelabelPod(pod);
}

// The last pod may have fewer series than the others: the first rows of the schema.
void TargetBody::AddFamily(const FamilyRow& family, size_t first_row, const BodyOptions& options) {
  if (pods_.empty() || pods_.front().series <= first_row) return;
  text_.append("# HELP ").append(family.name).append(" ").append(family.help).append("\n");
  text_.append("# TYPE ").append(family.name).append(" ").append(family.type).append("\n");
  for (size_t pod = 0; pod < pods_.size(); ++pod) {
    for (size_t i = 0; i < family.series.size() && first_row + i < pods_[pod].series; ++i) {
      AddLine(family, family.series[i], pod);
      Slot& slot = slots_.back();
      slot.step = static_cast<uint16_t>(i);
      slot.constant = Random() % 10'000 < options.constants_percent * 100;
      if (slot.kind == ValueKind::kBucket) slot.digits = 100'000 + 1'000 * i;
      slot.digits = MoveAndWrite(slot.kind, text_.data() + slot.offset, slot.digits, 0, slot.step);
    }
  }
}

void TargetBody::AddLine(const FamilyRow& family, const SeriesRow& row, size_t pod) {
  text_.append(family.name)
      .append(row.suffix)
      .append(R"({namespace="shop",pod="checkout-7d9c5b6f-)");
  pods_[pod].label_offsets.push_back(static_cast<uint32_t>(text_.size()));
  text_.append(kPodIdDigits, '0').append("\"");
  if (row.labels[0] != '\0') text_.append(",").append(row.labels);
  text_.append("} ");
  const Spelling spelling = SpellingOf(row.kind);
  // The kinds whose numbers are below 1 keep a 0 before the point.
  const bool fraction = row.kind == ValueKind::kRatio || row.kind == ValueKind::kDuration;
  const uint64_t low = PowerOfTen(spelling.digits - (fraction ? 2 : 1));
  const uint64_t digits = WithLastDigit(low + Random() % low);
  slots_.push_back({static_cast<uint32_t>(text_.size()), row.kind, false, 0, digits});
  text_.append(spelling.text).append("\n");
}

void TargetBody::Advance() {
  if (churned_per_scrape_ > 0) Churn();
  // One step for all buckets of a scrape keeps a histogram cumulative.
  const auto bucket_base = static_cast<uint16_t>(1 + Random() % 8);
  for (Slot& slot : slots_) {
    if (slot.constant) continue;
    const auto bucket_step = static_cast<uint16_t>(bucket_base + slot.step);
    slot.digits =
        MoveAndWrite(slot.kind, text_.data() + slot.offset, slot.digits, Random(), bucket_step);
  }
}

void TargetBody::Churn() {
  churn_due_ += churned_per_scrape_;
  for (;;) {
    Pod& pod = pods_[next_churned_pod_];
    if (churn_due_ < static_cast<double>(pod.series)) return;
    churn_due_ -= static_cast<double>(pod.series);
    RelabelPod(pod);
    next_churned_pod_ = (next_churned_pod_ + 1) % pods_.size();
  }
}

void TargetBody::RelabelPod(Pod& pod) {
  std::array<char, kPodIdDigits> id;
  for (size_t i = 0; i < kPodIdDigits; ++i)
    id[i] = "0123456789abcdef"[next_pod_id_ >> (28 - 4 * i) & 0xf];
  ++next_pod_id_;
  for (const uint32_t offset : pod.label_offsets)
    std::memcpy(text_.data() + offset, id.data(), kPodIdDigits);
}

// A linear congruential generator's high half: cheap, and good enough to keep values apart.
uint32_t TargetBody::Random() {
  random_ = random_ * 6364136223846793005 + 1442695040888963407;
  return static_cast<uint32_t>(random_ >> 32);
}

}  // namespace narthex::bench
