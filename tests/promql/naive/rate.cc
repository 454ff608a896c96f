#include "tests/promql/naive/rate.h"

#include <algorithm>
#include <cmath>

#include "tests/promql/naive/hist.h"

namespace narthex::naive {
namespace {

double Seconds(int64_t ms) { return static_cast<double>(ms) / 1000; }

bool Mixed(const Window& window) {
  const auto is_hist = [](const Sample& sample) { return sample.hist != nullptr; };
  return std::any_of(window.samples.begin(), window.samples.end(), is_hist) &&
         !std::all_of(window.samples.begin(), window.samples.end(), is_hist);
}

// The last less the first, and what a counter had when it fell.
double FloatGrowth(const std::vector<Sample>& samples, bool counter) {
  long double growth = static_cast<long double>(samples.back().value) - samples.front().value;
  for (size_t i = 1; counter && i < samples.size(); ++i) {
    CheckComparable(samples[i - 1], samples[i]);
    if (samples[i].value < samples[i - 1].value) growth += samples[i - 1].value;
  }
  return static_cast<double>(growth);
}

std::optional<Hist> HistGrowth(const std::vector<Sample>& samples, bool counter) {
  if (!counter) return Combine(*samples.back().hist, *samples.front().hist, -1);
  std::optional<Hist> growth;
  for (size_t i = 1; i < samples.size(); ++i) {
    const Hist& before = *samples[i - 1].hist;
    const Hist& now = *samples[i].hist;
    if (!samples[i].exact || !samples[i - 1].exact) throw Ambiguous("rounded histograms");
    // The first one does not matter at all where the second is a new beginning.
    const bool reset = BeganAnew(now, before);
    std::optional<Hist> part = reset ? now : Combine(now, before, -1);
    if (part && reset && i > 1) {
      // Its layout is still part of the whole.
      part = Combine(*part, Scale(before, 0), 1);
    }
    if (!part) return std::nullopt;
    growth = growth ? Combine(*growth, *part, 1) : part;
    if (!growth) return std::nullopt;
  }
  return growth;
}

// The value of two neighbours at a time between them; a counter that falls began at zero.
double Between(const Sample& a, const Sample& b, int64_t at_ms, bool counter) {
  const double part = Seconds(at_ms - a.at_ms) / Seconds(b.at_ms - a.at_ms);
  const double begin = counter && b.value < a.value ? 0 : a.value;
  return begin + (b.value - begin) * part;
}

}  // namespace

std::optional<Sample> ExtrapolatedRate(const Window& window, RateKind kind) {
  const std::vector<Sample>& samples = window.samples;
  if (samples.size() < 2 || Mixed(window)) return std::nullopt;
  Sample out;
  out.exact = false;
  double first = samples.front().value;
  double growth = 0;
  if (samples.front().hist) {
    const auto hist = HistGrowth(samples, kind.counter);
    if (!hist) return std::nullopt;
    out.hist = std::make_shared<Hist>(DropEmpty(*hist));
    first = samples.front().hist->count;
    growth = out.hist->count;
  } else {
    growth = FloatGrowth(samples, kind.counter);
  }
  const double sampled = Seconds(samples.back().at_ms - samples.front().at_ms);
  const double average = sampled / static_cast<double>(samples.size() - 1);
  double to_begin = Seconds(samples.front().at_ms - window.begin_ms);
  double to_end = Seconds(window.end_ms - samples.back().at_ms);
  // Up to the border if that is about an interval away, else half an interval.
  if (to_begin >= average * 1.1) to_begin = average / 2;
  if (to_end >= average * 1.1) to_end = average / 2;
  // A counter is not below zero at the begin.
  if (kind.counter && growth > 0 && first >= 0)
    to_begin = std::min(to_begin, sampled * first / growth);
  double factor = (sampled + to_begin + to_end) / sampled;
  if (kind.per_second) factor /= window.seconds();
  out.value = growth * factor;
  if (out.hist) out.hist = std::make_shared<Hist>(Scale(*out.hist, factor));
  return out;
}

std::optional<Sample> BorderRate(const Window& window, RateKind kind) {
  if (Mixed(window)) return std::nullopt;
  std::vector<Sample> samples = window.samples;
  if (samples.front().hist) throw Ambiguous("extended ranges of histograms are not defined here");
  // From the last at or before the begin, to the first at or after the end.
  while (samples.size() > 1 && samples[1].at_ms <= window.begin_ms) samples.erase(samples.begin());
  if (window.smoothed) {
    while (samples.size() > 1 && samples[samples.size() - 2].at_ms >= window.end_ms)
      samples.pop_back();
  }
  if (samples.back().at_ms <= window.begin_ms) return std::nullopt;
  if (window.smoothed && samples.front().at_ms > window.end_ms) return std::nullopt;
  if (window.smoothed) {
    const std::vector<Sample> raw = samples;
    const auto put = [&](Sample& border, const Sample& a, const Sample& b, int64_t at_ms) {
      border.value = Between(a, b, at_ms, kind.counter);
      border.exact = false;
    };
    const size_t last = raw.size() - 1;
    if (raw[0].at_ms < window.begin_ms) put(samples[0], raw[0], raw[1], window.begin_ms);
    if (last > 0 && raw[last].at_ms > window.end_ms)
      put(samples[last], raw[last - 1], raw[last], window.end_ms);
  }
  Sample out;
  out.exact = false;
  out.value = FloatGrowth(samples, kind.counter);
  if (kind.per_second) out.value /= window.seconds();
  return out;
}

std::optional<Sample> LastTwo(const Window& window, bool rate) {
  if (window.samples.size() < 2) return std::nullopt;
  const Sample& before = window.samples[window.samples.size() - 2];
  const Sample& now = window.samples.back();
  if ((before.hist == nullptr) != (now.hist == nullptr)) return std::nullopt;
  const double seconds = Seconds(now.at_ms - before.at_ms);
  Sample out;
  out.exact = before.exact && now.exact && !rate;
  if (!now.hist) {
    if (rate) CheckComparable(before, now);
    out.value = rate && now.value < before.value ? now.value : now.value - before.value;
    if (rate) out.value /= seconds;
    return out;
  }
  if (rate && !(now.exact && before.exact)) throw Ambiguous("rounded histograms");
  auto difference =
      rate && BeganAnew(*now.hist, *before.hist) ? *now.hist : Combine(*now.hist, *before.hist, -1);
  if (!difference) return std::nullopt;
  out.hist =
      std::make_shared<Hist>(DropEmpty(rate ? Scale(*difference, 1 / seconds) : *difference));
  return out;
}

}  // namespace narthex::naive
