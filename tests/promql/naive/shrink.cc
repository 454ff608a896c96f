#include <fmt/format.h>

#include "server/promql/parser.h"
#include "server/promql/printer.h"
#include "tests/promql/naive/both_engines.h"

namespace narthex::naive {
namespace {

bool Differs(const Case& test) { return Compare(test).verdict == Verdict::kDifferent; }

// The query with one sub-expression in the place of one around it.
std::vector<std::string> SimplerQueries(const std::string& query) {
  auto expr = promql::Parse(query, promql::ParserOptions::All());
  if (!expr.ok()) return {};
  std::vector<std::string> simpler;
  const auto visit = [&](const auto& self, promql::ExprPtr& slot) -> void {
    for (promql::ExprPtr* child : promql::ChildSlots(*slot)) {
      if ((*child)->type == slot->type) {
        promql::ExprPtr whole = std::move(slot);
        slot = promql::Clone(**child);
        simpler.push_back(promql::Print(**expr));
        slot = std::move(whole);
      }
      self(self, *child);
    }
  };
  for (const promql::Expr* child : promql::Children(**expr)) {
    if (child->type == promql::ValueType::kVector) simpler.push_back(promql::Print(*child));
  }
  visit(visit, *expr);
  return simpler;
}

// Takes the first of some changes after which the case differs still.
bool TakeFirst(Case& test, const std::vector<Case>& changed) {
  for (const Case& candidate : changed) {
    if (!Differs(candidate)) continue;
    test = candidate;
    return true;
  }
  return false;
}

bool SimplifyQuery(Case& test) {
  std::vector<Case> changed;
  for (const std::string& query : SimplerQueries(test.query)) {
    if (query.size() >= test.query.size()) continue;
    changed.push_back(test);
    changed.back().query = query;
  }
  return TakeFirst(test, changed);
}

bool DropSeries(Case& test) {
  std::vector<Case> changed;
  for (size_t i = 0; i < test.database.size(); ++i) {
    changed.push_back(test);
    changed.back().database.erase(changed.back().database.begin() + static_cast<ptrdiff_t>(i));
  }
  return TakeFirst(test, changed);
}

bool DropSamples(Case& test) {
  std::vector<Case> changed;
  for (size_t series = 0; series < test.database.size(); ++series) {
    const size_t size = test.database[series].samples.size();
    for (size_t part = size / 2; part >= 1; part /= 2) {
      for (size_t begin = 0; begin + part <= size; begin += part) {
        changed.push_back(test);
        auto& samples = changed.back().database[series].samples;
        const auto from = samples.begin() + static_cast<ptrdiff_t>(begin);
        samples.erase(from, from + static_cast<ptrdiff_t>(part));
      }
    }
  }
  return TakeFirst(test, changed);
}

bool ShortenRange(Case& test) {
  const Query& when = test.when;
  if (when.step_ms == 0 || when.start_ms == when.end_ms) return false;
  std::vector<Case> changed(2, test);
  changed[0].when.start_ms += when.step_ms;
  changed[1].when.end_ms =
      when.start_ms + (when.end_ms - when.start_ms - 1) / when.step_ms * when.step_ms;
  return TakeFirst(test, changed);
}

std::string Number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Inf" : "-Inf";
  return fmt::format("{:.17g}", value);
}

// Counts from the first index on, with zeros in between.
std::string Buckets(std::string_view prefix, const std::map<int, double>& side, bool custom) {
  if (side.empty()) return "";
  const int first = custom ? 0 : side.begin()->first;
  std::string text;
  if (first != 0) text = fmt::format(" {}offset:{}", prefix, first);
  text += fmt::format(" {}buckets:[", prefix);
  for (int index = first; index <= side.rbegin()->first; ++index)
    text += fmt::format("{}{}", index == first ? "" : " ",
                        Number(side.contains(index) ? side.at(index) : 0));
  return text + "]";
}

std::string Value(const Sample& sample) {
  if (sample.stale) return "stale";
  if (!sample.hist) return Number(sample.value);
  const Hist& hist = *sample.hist;
  std::string text = fmt::format("{{{{schema:{} count:{} sum:{}", hist.custom ? -53 : hist.schema,
                                 Number(hist.count), Number(hist.sum));
  if (hist.custom) {
    text += " custom_values:[";
    for (const double bound : hist.bounds)
      text += fmt::format("{}{}", bound == hist.bounds[0] ? "" : " ", bound);
    text += "]";
  } else {
    text += fmt::format(" z_bucket:{} z_bucket_w:{}", Number(hist.zero_count),
                        Number(hist.zero_threshold));
  }
  return text + Buckets("", hist.positive, hist.custom) + Buckets("n_", hist.negative, false) +
         "}}";
}

std::string Name(const Labels& labels) {
  std::string text;
  for (const auto& [name, value] : labels) {
    if (name != "__name__")
      text += fmt::format("{}{}=\"{}\"", text.empty() ? "" : ", ", name, value);
  }
  return (labels.contains("__name__") ? labels.at("__name__") : "") + "{" + text + "}";
}

std::string Expectation(const Case& test) {
  const auto expr = promql::Parse(test.query, promql::ParserOptions::All());
  const Evaluator evaluator(test.database, test.when);
  const int64_t step_ms = std::max<int64_t>(test.when.step_ms, 1);
  std::map<Labels, std::string> lines;
  try {
    size_t step = 0;
    std::map<Labels, size_t> filled;
    for (int64_t at_ms = test.when.start_ms; at_ms <= test.when.end_ms; at_ms += step_ms, ++step) {
      for (const Element& element : evaluator.At(**expr, at_ms)) {
        for (size_t& at = filled[element.labels]; at < step; ++at) lines[element.labels] += " _";
        ++filled[element.labels];
        lines[element.labels] += " " + Value(element.sample);
      }
    }
  } catch (const std::exception& failure) {
    return fmt::format("  expect fail\n# {}\n", failure.what());
  }
  std::string text;
  for (const auto& [labels, line] : lines) text += "  " + Name(labels) + line + "\n";
  return text;
}

}  // namespace

Case Shrink(Case test) {
  constexpr int kMostChanges = 300;
  for (int i = 0; i < kMostChanges; ++i) {
    if (!SimplifyQuery(test) && !ShortenRange(test) && !DropSeries(test) && !DropSamples(test))
      break;
  }
  return test;
}

std::string ScriptOf(const Case& test) {
  std::string text = "load 1s\n";
  for (const Series& series : test.database) {
    text += "  " + Name(series.labels);
    int64_t next_s = 0;
    for (const Sample& sample : series.samples) {
      const int64_t at_s = sample.at_ms / 1000;
      if (at_s > next_s) text += fmt::format(" _x{}", at_s - next_s);
      text += " " + Value(sample);
      next_s = at_s + 1;
    }
    text += "\n";
  }
  const Query& when = test.when;
  text += when.step_ms == 0
              ? fmt::format("\neval instant at {}s {}\n", when.start_ms / 1000, test.query)
              : fmt::format("\neval range from {}s to {}s step {}s {}\n", when.start_ms / 1000,
                            when.end_ms / 1000, when.step_ms / 1000, test.query);
  if (when.lookback_ms != 300'000)
    text = fmt::format("# with a lookback of {} s\n", when.lookback_ms / 1000) + text;
  return text + Expectation(test);
}

}  // namespace narthex::naive
