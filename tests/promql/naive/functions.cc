#include "tests/promql/naive/functions.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>
#include <limits>
#include <numbers>
#include <regex>

#include "tests/promql/naive/hist.h"

namespace narthex::naive {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Functions that jump: a rounded number near a whole one could land on either side.
void CheckAwayFromWhole(const Sample& sample, double unit) {
  const double part = sample.value / unit;
  if (!sample.exact && (Near(part, std::round(part)) || Near(part, std::round(part * 2) / 2)))
    throw Ambiguous("rounding of a rounded number");
}

struct NamedMap {
  std::string_view name;
  double (*map)(double);
};
constexpr NamedMap kSmooth[] = {
    {"abs", [](double x) { return std::abs(x); }},
    {"acos", [](double x) { return std::acos(x); }},
    {"acosh", [](double x) { return std::acosh(x); }},
    {"asin", [](double x) { return std::asin(x); }},
    {"asinh", [](double x) { return std::asinh(x); }},
    {"atan", [](double x) { return std::atan(x); }},
    {"atanh", [](double x) { return std::atanh(x); }},
    {"cos", [](double x) { return std::cos(x); }},
    {"cosh", [](double x) { return std::cosh(x); }},
    {"deg", [](double x) { return x / std::numbers::pi * 180; }},
    {"exp", [](double x) { return std::exp(x); }},
    {"ln", [](double x) { return std::log(x); }},
    {"log10", [](double x) { return std::log10(x); }},
    {"log2", [](double x) { return std::log2(x); }},
    {"rad", [](double x) { return x / 180 * std::numbers::pi; }},
    {"sin", [](double x) { return std::sin(x); }},
    {"sinh", [](double x) { return std::sinh(x); }},
    {"sqrt", [](double x) { return std::sqrt(x); }},
    {"tan", [](double x) { return std::tan(x); }},
    {"tanh", [](double x) { return std::tanh(x); }},
};

// Of the C library's calendar.
bool DatePart(std::string_view name, double time_s, double& out) {
  const auto seconds = static_cast<time_t>(time_s);
  tm date{};
  gmtime_r(&seconds, &date);
  if (name == "minute") return out = date.tm_min, true;
  if (name == "hour") return out = date.tm_hour, true;
  if (name == "day_of_week") return out = date.tm_wday, true;
  if (name == "day_of_month") return out = date.tm_mday, true;
  if (name == "day_of_year") return out = date.tm_yday + 1, true;
  if (name == "month") return out = date.tm_mon + 1, true;
  if (name == "year") return out = date.tm_year + 1900, true;
  if (name != "days_in_month") return false;
  date.tm_mon += 1;  // the day before the first of the next month
  date.tm_mday = 0;
  date.tm_hour = 12;
  const time_t last = timegm(&date);
  gmtime_r(&last, &date);
  out = date.tm_mday;
  return true;
}

// The lesser of two; NaN where one is NaN, unless the other is the least of all.
double Least(double a, double b) {
  if (a == -kInfinity || b == -kInfinity) return -kInfinity;
  return std::isnan(a) || std::isnan(b) ? std::nan("") : std::min(a, b);
}
double Greatest(double a, double b) { return -Least(-a, -b); }

// One number to another. False for a function that is none of these.
bool MapFloat(std::string_view name, const Sample& in, const std::vector<Sample>& scalars,
              Sample& out) {
  out = {0, 0, nullptr, in.exact};
  for (const NamedMap& smooth : kSmooth) {
    if (smooth.name != name) continue;
    if (!in.exact && name != "abs" && name != "deg" && name != "rad")
      throw Ambiguous("a steep function");
    out.value = smooth.map(in.value);
    out.exact = in.exact && name == "abs";
    return true;
  }
  const double x = in.value;
  const auto scalar = [&](size_t i) { return scalars[i].value; };
  if (name == "sgn") {
    if (!in.exact && Near(x, 0)) throw Ambiguous("sign of almost nothing");
    out.value = x < 0 ? -1 : x > 0 ? 1 : x;
  } else if (name == "ceil" || name == "floor") {
    CheckAwayFromWhole(in, 1);
    out.value = name == "ceil" ? std::ceil(x) : std::floor(x);
  } else if (name == "round") {
    const double unit = scalars.empty() ? 1 : scalar(0);
    CheckAwayFromWhole(in, unit);
    out.value = std::floor(x * (1 / unit) + 0.5) / (1 / unit);
  } else if (name == "clamp_min") {
    out.value = Greatest(x, scalar(0));
  } else if (name == "clamp_max") {
    out.value = Least(x, scalar(0));
  } else if (name == "clamp") {
    out.value = Greatest(scalar(0), Least(scalar(1), x));
  } else {
    if (!std::isfinite(x) || std::abs(x) > 1e11) throw Ambiguous("no date");
    if (!in.exact) throw Ambiguous("date of a rounded number");
    return DatePart(name, x, out.value);
  }
  out.exact = in.exact &&
              std::all_of(scalars.begin(), scalars.end(), [](const Sample& s) { return s.exact; });
  return true;
}

bool OfHist(std::string_view name, const Hist& hist, const std::vector<Sample>& scalars,
            double& out) {
  if (name == "histogram_count") return out = hist.count, true;
  if (name == "histogram_sum") return out = hist.sum, true;
  if (name == "histogram_avg") return out = hist.sum / hist.count, true;
  if (name == "histogram_stdvar") return out = HistVariance(hist), true;
  if (name == "histogram_stddev") return out = std::sqrt(HistVariance(hist)), true;
  if (name == "histogram_quantile") return out = HistQuantile(scalars[0].value, hist), true;
  if (name == "histogram_fraction")
    return out = HistFraction(scalars[0].value, scalars[1].value, hist), true;
  return false;
}

// Buckets of one classic histogram: bound to how many observations are at most that.
using Classic = std::map<double, double>;

double ClassicQuantile(double quantile, const Classic& observed) {
  Classic buckets = observed;
  if (std::isnan(quantile)) return quantile;
  if (quantile < 0) return -kInfinity;
  if (quantile > 1) return kInfinity;
  if (!buckets.contains(kInfinity)) return std::nan("");
  double most = 0;
  bool first = true;
  for (auto& [bound, count] : buckets) {  // counts do not fall
    if (!first && Near(count, most)) count = most;
    count = most = first ? count : std::max(most, count);
    first = false;
  }
  if (buckets.size() < 2 || most == 0 || std::isnan(most)) return std::nan("");
  const double rank = quantile * most;
  double begin = 0;
  double below = 0;
  double last_bound = 0;
  for (const auto& [bound, count] : buckets) {
    if (std::isinf(bound)) return last_bound;
    if (Near(count, rank) && count != below) throw Ambiguous("a rank between two buckets");
    if (count >= rank) {
      if (last_bound == 0 && below == 0 && begin == 0 && bound <= 0) return bound;
      return begin + (bound - begin) * ((rank - below) / (count - below));
    }
    begin = last_bound = bound;
    below = count;
  }
  return std::nan("");
}

Vector OfClassic(const Vector& vector, double quantile) {
  std::map<Labels, Classic> classics;
  for (const Element& element : vector) {
    if (element.sample.hist || !element.labels.contains("le")) continue;
    Labels labels = element.labels;
    const double bound = std::strtod(labels["le"].c_str(), nullptr);
    labels.erase("le");
    classics[labels][bound] += element.sample.value;
  }
  Vector out;
  for (const auto& [labels, buckets] : classics)
    out.push_back({WithoutName(labels), {0, ClassicQuantile(quantile, buckets), nullptr, false}});
  return out;
}

// As label values show it: with a fraction.
std::string QuantileText(double quantile) {
  if (std::isnan(quantile)) return "NaN";
  if (std::isinf(quantile)) return quantile > 0 ? "+Inf" : "-Inf";
  char digits[64];
  const auto end = std::to_chars(digits, digits + sizeof digits, quantile).ptr;
  const std::string text(digits, end);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

Vector OfHists(std::string_view name, const Arguments& arguments) {
  Vector out;
  for (const Element& element : arguments.vector) {
    if (!element.sample.hist) continue;
    const Hist& hist = *element.sample.hist;
    if (!element.sample.exact && Near(hist.count, 0))
      throw Ambiguous("a histogram of almost nothing");
    Sample result{0, 0, nullptr, false};
    OfHist(name, hist, arguments.scalars, result.value);
    result.exact = element.sample.exact && (name == "histogram_count" || name == "histogram_sum");
    out.push_back({WithoutName(element.labels), result});
  }
  if (name == "histogram_quantile") {
    const Vector classic = OfClassic(arguments.vector, arguments.scalars[0].value);
    out.insert(out.end(), classic.begin(), classic.end());
  }
  return out;
}

Labels Set(Labels labels, const std::string& name, const std::string& value) {
  labels.erase(name);
  if (!value.empty()) labels[name] = value;
  return labels;
}

std::string Get(const Labels& labels, const std::string& name) {
  const auto found = labels.find(name);
  return found == labels.end() ? "" : found->second;
}

// One quantile after another, each told by a label.
Vector Quantiles(const Arguments& arguments) {
  Vector out;
  for (const Sample& quantile : arguments.scalars) {
    if (!quantile.exact) throw Ambiguous("digits of a rounded quantile");
    for (Element element : OfHists("histogram_quantile", {arguments.vector, {quantile}, {}})) {
      element.labels = Set(element.labels, arguments.texts[0], QuantileText(quantile.value));
      out.push_back(std::move(element));
    }
  }
  return out;
}

Vector FloatsOf(const Vector& vector) {
  Vector floats;
  for (const Element& element : vector) {
    if (!element.sample.hist) floats.push_back(element);
  }
  return floats;
}

Vector ReplaceLabel(Vector vector, const std::vector<std::string>& texts) {
  const std::regex pattern(texts[3]);
  for (Element& element : vector) {
    const std::string source = Get(element.labels, texts[2]);
    std::smatch match;
    if (!std::regex_match(source, match, pattern)) continue;
    element.labels = Set(element.labels, texts[0], match.format(texts[1]));
  }
  return vector;
}

Vector JoinLabels(Vector vector, const std::vector<std::string>& texts) {
  for (Element& element : vector) {
    std::string value;
    for (size_t i = 2; i < texts.size(); ++i)
      value += (i > 2 ? texts[1] : "") + Get(element.labels, texts[i]);
    element.labels = Set(element.labels, texts[0], value);
  }
  return vector;
}

}  // namespace

Vector Apply(std::string_view name, const Arguments& arguments) {
  const auto one = [](double value, bool exact) {
    return Vector{{{}, {0, value, nullptr, exact}}};
  };
  if (name == "pi") return one(std::numbers::pi, false);
  if (name == "vector") return {{{}, arguments.scalars[0]}};
  if (name == "min_of" || name == "max_of") {
    const Sample& a = arguments.scalars[0];
    const Sample& b = arguments.scalars[1];
    return one(name == "min_of" ? Least(a.value, b.value) : Greatest(a.value, b.value),
               a.exact && b.exact);
  }
  if (name == "scalar") {
    Vector floats;
    for (const Element& element : arguments.vector) {
      if (!element.sample.hist) floats.push_back({{}, element.sample});
    }
    return floats.size() == 1 ? floats : one(std::nan(""), true);
  }
  if (name == "label_replace") return ReplaceLabel(arguments.vector, arguments.texts);
  if (name == "label_join") return JoinLabels(arguments.vector, arguments.texts);
  if (name == "histogram_quantiles") return Quantiles(arguments);
  if (name.starts_with("histogram_")) return OfHists(name, arguments);
  if (name == "sort" || name == "sort_desc") return FloatsOf(arguments.vector);
  if (name == "sort_by_label" || name == "sort_by_label_desc") return arguments.vector;
  Vector out;
  for (const Element& element : arguments.vector) {
    if (element.sample.hist) continue;
    if (name == "clamp" && arguments.scalars[0].value > arguments.scalars[1].value) continue;
    Sample result;
    if (!MapFloat(name, element.sample, arguments.scalars, result))
      throw std::logic_error("the naive evaluator has no function " + std::string(name));
    out.push_back({WithoutName(element.labels), result});
  }
  return out;
}

Vector AbsentElement(const promql::Expr& argument) {
  if (const auto* inner = std::get_if<promql::Parentheses>(&argument.node))
    return AbsentElement(*inner->argument);
  Vector out{{{}, {0, 1, nullptr}}};
  const auto* selector = std::get_if<promql::Selector>(&argument.node);
  if (selector == nullptr) return out;
  // Labels that exactly one matcher names, by equality.
  std::map<std::string, int> named;
  for (const storage::Matcher& matcher : selector->matchers) ++named[matcher.name()];
  for (const storage::Matcher& matcher : selector->matchers) {
    const bool equal = matcher.op() == storage::Matcher::Op::kEqual;
    if (equal && named[matcher.name()] == 1 && matcher.name() != "__name__" &&
        !matcher.value().empty())
      out[0].labels[matcher.name()] = matcher.value();
  }
  return out;
}

}  // namespace narthex::naive
