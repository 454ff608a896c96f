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
    if (samples[i].value < samples[i - 1].value || StartTells(samples[i - 1], samples[i]))
      growth += samples[i - 1].value;
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
    const bool reset = BeganAnew(now, before) || StartTells(samples[i - 1], samples[i]);
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

std::optional<Hist> HistBetween(const Sample& a, const Sample& b, int64_t at_ms, bool counter) {
  if (at_ms == a.at_ms) return *a.hist;
  if (at_ms == b.at_ms) return *b.hist;
  const double part = static_cast<double>(at_ms - a.at_ms) / static_cast<double>(b.at_ms - a.at_ms);
  if (counter && BeganAnew(*b.hist, *a.hist)) return Scale(*b.hist, part);
  const auto growth = Combine(*b.hist, *a.hist, -1);
  if (!growth) return std::nullopt;
  return Combine(Scale(*growth, part), *a.hist, 1);
}

// Of histograms from the first to the last that matter.
std::optional<Sample> HistBorderRate(const Window& window, const std::vector<Sample>& samples,
                                     RateKind kind) {
  for (const Sample& sample : samples) {
    if (!sample.exact) throw Ambiguous("rounded histograms");
    if (sample.hist->custom != samples[0].hist->custom) return std::nullopt;
  }
  const size_t last = samples.size() - 1;
  const bool cuts_begin = window.smoothed && samples[0].at_ms < window.begin_ms;
  const bool cuts_end = window.smoothed && last > 0 && samples[last].at_ms > window.end_ms;
  std::optional<Hist> left = *samples[0].hist;
  std::optional<Hist> right = *samples[last].hist;
  if (cuts_begin) left = HistBetween(samples[0], samples[1], window.begin_ms, kind.counter);
  if (cuts_end) right = HistBetween(samples[last - 1], samples[last], window.end_ms, kind.counter);
  if (!left || !right) return std::nullopt;
  std::optional<Hist> growth = Combine(*right, *left, -1);
  std::vector<Hist> seen = {*left};
  const bool reset_across =
      kind.counter && cuts_begin && last > 0 && BeganAnew(*samples[1].hist, *samples[0].hist);
  if (reset_across) seen = {*samples[1].hist};
  for (size_t i = reset_across ? 2 : 1; i < last; ++i) seen.push_back(*samples[i].hist);
  if (last > 0 && !(reset_across && last == 1)) seen.push_back(*right);
  for (size_t i = 1; kind.counter && growth && i < seen.size(); ++i) {
    if (BeganAnew(seen[i], seen[i - 1])) growth = Combine(*growth, seen[i - 1], 1);
  }
  if (!growth) return std::nullopt;
  Sample out;
  out.exact = false;
  out.hist = std::make_shared<Hist>(
      DropEmpty(kind.per_second ? Scale(*growth, 1 / window.seconds()) : *growth));
  return out;
}

// The value of two neighbours at a time between them; a counter that falls began at zero.
double Between(const Sample& a, const Sample& b, int64_t at_ms, bool counter) {
  const double part = Seconds(at_ms - a.at_ms) / Seconds(b.at_ms - a.at_ms);
  const double begin = counter && b.value < a.value ? 0 : a.value;
  return begin + (b.value - begin) * part;
}

}  // namespace

bool StartTells(const Sample& before, const Sample& now) {
  if (now.start_ms == 0 || now.start_ms >= now.at_ms || now.start_ms < before.at_ms) return false;
  if (now.start_ms > before.at_ms) return true;
  // It began at the sample before: is that one the end of an older count?
  return before.start_ms != 0 && before.start_ms < before.at_ms;
}

std::optional<Sample> ExtrapolatedRate(const Window& window, RateKind kind) {
  const std::vector<Sample>& samples = window.samples;
  if (Mixed(window)) return std::nullopt;
  const int64_t start_ms = samples.front().start_ms;
  const bool from_start = kind.counter && start_ms != 0 && start_ms > window.begin_ms &&
                          start_ms < samples.front().at_ms;
  if (samples.size() < 2 && !from_start) return std::nullopt;
  Sample out;
  out.exact = false;
  double first = samples.front().value;
  double growth = 0;
  if (samples.front().hist) {
    std::optional<Hist> hist = *samples.front().hist;
    if (samples.size() > 1) hist = HistGrowth(samples, kind.counter);
    if (hist && from_start && samples.size() > 1) hist = Combine(*hist, *samples.front().hist, 1);
    if (!hist) return std::nullopt;
    out.hist = std::make_shared<Hist>(DropEmpty(*hist));
    first = samples.front().hist->count;
    growth = out.hist->count;
  } else {
    growth = FloatGrowth(samples, kind.counter) + (from_start ? first : 0);
  }
  double sampled = Seconds(samples.back().at_ms - samples.front().at_ms);
  const double average = samples.size() > 1 ? sampled / static_cast<double>(samples.size() - 1) : 0;
  double to_begin = Seconds(samples.front().at_ms - window.begin_ms);
  double to_end = Seconds(window.end_ms - samples.back().at_ms);
  // Up to the border if that is about an interval away, else half an interval.
  if (to_begin >= average * 1.1) to_begin = average / 2;
  if (to_end >= average * 1.1) to_end = average / 2;
  // A counter is not below zero at the begin.
  if (from_start) {
    to_begin = 0;
    sampled = Seconds(samples.back().at_ms - start_ms);
  } else if (kind.counter && growth > 0 && first >= 0)
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
  // From the last at or before the begin, to the first at or after the end.
  while (samples.size() > 1 && samples[1].at_ms <= window.begin_ms) samples.erase(samples.begin());
  if (window.smoothed) {
    while (samples.size() > 1 && samples[samples.size() - 2].at_ms >= window.end_ms)
      samples.pop_back();
  }
  if (samples.back().at_ms <= window.begin_ms) return std::nullopt;
  if (window.smoothed && samples.front().at_ms > window.end_ms) return std::nullopt;
  for (Sample& sample : samples) sample.start_ms = 0;
  if (samples.front().hist) return HistBorderRate(window, samples, kind);
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
    const bool reset = rate && (now.value < before.value || StartTells(before, now));
    out.value = reset ? now.value : now.value - before.value;
    if (rate) out.value /= seconds;
    return out;
  }
  if (rate && !(now.exact && before.exact)) throw Ambiguous("rounded histograms");
  auto difference = rate && (BeganAnew(*now.hist, *before.hist) || StartTells(before, now))
                        ? *now.hist
                        : Combine(*now.hist, *before.hist, -1);
  if (!difference) return std::nullopt;
  out.hist =
      std::make_shared<Hist>(DropEmpty(rate ? Scale(*difference, 1 / seconds) : *difference));
  return out;
}

}  // namespace narthex::naive
