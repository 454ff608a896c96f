#include <fmt/format.h>

#include "tests/promql/naive/random_case.h"

namespace narthex::naive {
namespace {

using Text = const char*;

class Generator {
 public:
  Generator(Dice& dice, bool range) : dice_(dice), range_(range) {}

  std::string Vector(int depth) {
    if (depth <= 0) return dice_.OneIn(10) ? "vector(" + Number() + ")" : Selector() + Modifiers();
    switch (dice_.Roll(12)) {
      case 0:
      case 1:
        return Selector() + Modifiers();
      case 2:
      case 3:
      case 4:
        return OverTime(depth);
      case 5:
      case 6:
        return Aggregation(depth);
      case 7:
      case 8:
        return Operator(depth);
      case 9:
        return fmt::format("{}({})", dice_.OneIn(6) ? "-" : "", Vector(depth - 1));
      default:
        return Function(depth);
    }
  }

  std::string Scalar(int depth) {
    if (depth <= 0 || !dice_.OneIn(4)) return Number();
    switch (dice_.Roll(6)) {
      case 0:
        return "time()";
      case 1:
        return fmt::format("scalar({})", Vector(depth - 1));
      case 2:
        return fmt::format("({} {} {})", Scalar(depth - 1),
                           dice_.Pick<Text>({"+", "-", "*", "/", "== bool"}), Scalar(depth - 1));
      case 3:
        return fmt::format("{}({}, {})", dice_.Pick<Text>({"min_of", "max_of"}), Scalar(depth - 1),
                           Scalar(depth - 1));
      case 4:
        return dice_.Pick<Text>({"start()", "end()", "range()", "step()", "pi()"});
      default:
        return "-" + Number();
    }
  }

 private:
  std::string Number() {
    return dice_.Pick<Text>(
        {"0", "1", "2", "3", "-1", "0.5", "10", "17", "1e2", "0x10", "NaN", "Inf", "30s"});
  }
  std::string Probability() {
    return dice_.Pick<Text>({"0", "0.1", "0.5", "0.75", "0.9", "1", "-1", "1.5", "NaN"});
  }

  std::string Selector() {
    switch (dice_.Roll(14)) {
      case 0:
        return R"(g{a="1"})";
      case 1:
        return R"(c_total{b=~"x|z"})";
      case 2:
        return R"({__name__=~"g|i"})";
      case 3:
        return R"({__name__=~"n|u|x"})";
      case 4:
        return R"(c_total{a!="2",b!~"y.*"})";
      default:
        return dice_.Pick<Text>(
            {"g", "g", "c_total", "c_total", "h", "i", "n", "n", "u", "x", "b_bucket", "nothing"});
    }
  }

  std::string Duration() {
    if (dice_.OneIn(12))
      return range_ ? dice_.Pick<Text>({"step() * 3 + 10s", "max_of(20s, step())", "1m - 5"})
                    : "30s * 2";
    return dice_.Pick<Text>({"10s", "30s", "45s", "1m", "2m", "5m", "37"});
  }
  std::string Modifiers() {
    std::string text;
    if (dice_.OneIn(8))
      text += fmt::format(" offset {}{}", dice_.OneIn(4) ? "-" : "",
                          dice_.Pick<Text>({"5s", "30s", "2m"}));
    if (dice_.OneIn(10)) text += dice_.Pick<Text>({" @ 200", " @ 333.5", " @ start()", " @ end()"});
    return text;
  }

  std::string Range(int depth) {
    if (depth > 1 && dice_.OneIn(4)) {
      return fmt::format("({})[{}:{}]{}", Vector(depth - 2), Duration(),
                         dice_.Pick<Text>({"", "5s", "10s", "17s", "1m"}), Modifiers());
    }
    return fmt::format("{}[{}]{}", Selector(), Duration(), Modifiers());
  }

  std::string OverTime(int depth) {
    switch (dice_.Roll(14)) {
      case 0:
        return fmt::format("quantile_over_time({}, {})", Probability(), Range(depth));
      case 1:
        return fmt::format("predict_linear({}, {})", Range(depth), Scalar(depth - 1));
      case 2:
        return fmt::format("double_exponential_smoothing({}, {}, 0.3)", Range(depth),
                           dice_.Pick<Text>({"0.5", "0.9", "0.01"}));
      case 3:
        return fmt::format("absent_over_time({})", Range(depth));
      case 4:
        return fmt::format("{}({}[{}] {})", dice_.Pick<Text>({"rate", "increase", "delta"}),
                           dice_.Pick<Text>({"c_total", "g", "h", "n", "u"}), Duration(),
                           dice_.Pick<Text>({"anchored", "smoothed"}));
      case 5:
        return fmt::format("{}(c_total[{}] anchored)", dice_.Pick<Text>({"changes", "resets"}),
                           Duration());
      default:
        return fmt::format("{}({})",
                           dice_.Pick<Text>({"rate",
                                             "rate",
                                             "increase",
                                             "delta",
                                             "irate",
                                             "idelta",
                                             "changes",
                                             "resets",
                                             "sum_over_time",
                                             "avg_over_time",
                                             "count_over_time",
                                             "present_over_time",
                                             "first_over_time",
                                             "last_over_time",
                                             "min_over_time",
                                             "max_over_time",
                                             "ts_of_first_over_time",
                                             "ts_of_last_over_time",
                                             "ts_of_min_over_time",
                                             "ts_of_max_over_time",
                                             "stddev_over_time",
                                             "stdvar_over_time",
                                             "mad_over_time",
                                             "deriv"}),
                           Range(depth));
    }
  }

  std::string Grouping() {
    return dice_.Pick<Text>({"", "", " by (a)", " by (b)", " by (a, b)", " without (a)",
                             " without (b, le)", " by (le)", " without ()"});
  }
  std::string Aggregation(int depth) {
    const std::string inner = Vector(depth - 1);
    switch (dice_.Roll(6)) {
      case 5:
        if (dice_.OneIn(2))
          return fmt::format("limitk{} ({}, {})", Grouping(),
                             dice_.Pick<Text>({"0", "1", "2", "4", "100"}), inner);
        return fmt::format("limit_ratio{} ({}, {})", Grouping(),
                           dice_.Pick<Text>({"0", "0.3", "0.5", "-0.5", "-0.7", "1", "-1", "2"}),
                           inner);
      case 0:
        return fmt::format("{}{} ({}, {})", dice_.Pick<Text>({"topk", "bottomk"}), Grouping(),
                           dice_.OneIn(4) ? Scalar(depth - 1) : dice_.Pick<Text>({"1", "2", "3"}),
                           inner);
      case 1:
        return fmt::format("quantile{} ({}, {})", Grouping(), Probability(), inner);
      case 2:
        if (dice_.OneIn(2)) return fmt::format("count_values{} (\"v\", {})", Grouping(), inner);
        [[fallthrough]];
      default:
        return fmt::format("{}{} ({})",
                           dice_.Pick<Text>({"sum", "sum", "avg", "min", "max", "count", "group",
                                             "stddev", "stdvar"}),
                           Grouping(), inner);
    }
  }

  std::string Arithmetic() { return dice_.Pick<Text>({"+", "-", "*", "/", "%", "^", "atan2"}); }
  std::string Comparison() {
    return std::string(dice_.Pick<Text>({"==", "!=", "<", "<=", ">", ">="})) +
           (dice_.OneIn(3) ? " bool" : "");
  }
  std::string AnyOperator() { return dice_.OneIn(3) ? Comparison() : Arithmetic(); }
  std::string Matching() {
    return dice_.Pick<Text>({"", "", "on (a)", "on (a, b)", "ignoring (b)", "ignoring (le)",
                             "on ()", "ignoring (a, i)"});
  }

  std::string Operator(int depth) {
    const std::string left = Vector(depth - 1);
    switch (dice_.Roll(7)) {
      case 6:
        return fmt::format("{} {} {}", dice_.Pick<Text>({"n", "u", "n", "x", "g"}),
                           dice_.Pick<Text>({"</", ">/"}),
                           dice_.Pick<Text>({"0", "0.001", "0.7", "1", "1.5", "3", "-1", "1e3"}));
      case 0:
        return fmt::format("({}) {} {}", left, AnyOperator(), Scalar(depth - 1));
      case 1:
        return fmt::format("{} {} ({})", Scalar(depth - 1), AnyOperator(), left);
      case 2:
        return fmt::format("({}) {} {} ({})", left, dice_.Pick<Text>({"and", "or", "unless"}),
                           Matching(), Vector(depth - 1));
      case 3:
        return fmt::format("({}) {} {} ({})", left, AnyOperator(),
                           dice_.Pick<Text>({"on (a) group_left ()", "on (a) group_left (i)",
                                             "ignoring (b, i) group_left ()",
                                             "on (a) group_right ()", "on (b) group_left ()"}),
                           dice_.OneIn(2) ? "i" : Vector(depth - 1));
      default:
        return fmt::format("({}) {} {} ({})", left, AnyOperator(), Matching(),
                           dice_.OneIn(2) ? left : Vector(depth - 1));
    }
  }

  std::string Function(int depth) {
    const std::string inner = Vector(depth - 1);
    switch (dice_.Roll(18)) {
      case 14:
        return fmt::format("{}({})", dice_.Pick<Text>({"sort", "sort_desc"}), inner);
      case 15:
        return fmt::format("{}({}, \"a\")",
                           dice_.Pick<Text>({"sort_by_label", "sort_by_label_desc"}), inner);
      case 16:
        return dice_.Pick<Text>(
            {"info(m)", "info(m, {data=~\".+\"})", "info(m, {__name__=\"build_info\"})",
             "info(m, {__name__=~\".+_info\"})", "info(m, {none=~\".+\"})",
             "info(sum by (instance, job) (m))", "info({__name__=~\"m|g|target_info\"})",
             "info(rate(m[1m]), {data=~\".*\",build!=\"\"})"});
      case 17:
        return dice_.OneIn(2)
                   ? fmt::format("start_timestamp({})",
                                 dice_.Pick<Text>({"c_total", "n", "{__name__=~\"c_total|g\"}"}))
                   : fmt::format("histogram_quantiles({}, \"q\", 0.1, {}, 1)", Histograms(depth),
                                 dice_.Pick<Text>({"0.5", "0.9", "0", "1.5", "NaN"}));
      case 0:
        return fmt::format("clamp({}, {}, {})", inner, Scalar(depth - 1), Scalar(depth - 1));
      case 1:
        return fmt::format("{}({}, {})", dice_.Pick<Text>({"clamp_min", "clamp_max"}), inner,
                           Scalar(depth - 1));
      case 2:
        return fmt::format("round({}{})", inner, dice_.OneIn(2) ? ", 5" : "");
      case 3:
        return fmt::format("absent({})", inner);
      case 4:
        return fmt::format("timestamp({})", inner);
      case 5:
        return fmt::format(R"q(label_replace({}, "{}", "$1{}", "{}", "(.*)"))q", inner,
                           dice_.Pick<Text>({"a", "d", "__name__"}), dice_.Pick<Text>({"", "-z"}),
                           dice_.Pick<Text>({"a", "b"}));
      case 6:
        return fmt::format(R"q(label_join({}, "{}", "-", "a", "b"))q", inner,
                           dice_.Pick<Text>({"a", "d"}));
      case 7:
        return fmt::format("{}({})",
                           dice_.Pick<Text>({"hour", "minute", "month", "year", "day_of_week",
                                             "day_of_month", "day_of_year", "days_in_month"}),
                           dice_.OneIn(4) ? "" : inner);
      case 8:
      case 9:
        return fmt::format("{}({})",
                           dice_.Pick<Text>({"histogram_count", "histogram_sum", "histogram_avg",
                                             "histogram_stddev", "histogram_stdvar"}),
                           Histograms(depth));
      case 10:
        return fmt::format("histogram_quantile({}, {})", Probability(), Histograms(depth));
      case 11:
        return fmt::format("histogram_fraction({}, {}, {})", dice_.Pick<Text>({"-1", "0", "0.5"}),
                           dice_.Pick<Text>({"0", "1.5", "4", "Inf"}),
                           dice_.OneIn(2) ? "n" : "sum(rate(n[2m]))");
      default:
        return fmt::format(
            "{}({})",
            dice_.Pick<Text>({"abs",   "ceil", "floor", "sgn",   "sqrt",  "exp",  "ln",   "log2",
                              "log10", "sin",  "cos",   "tan",   "asin",  "acos", "atan", "sinh",
                              "cosh",  "tanh", "asinh", "acosh", "atanh", "deg",  "rad"}),
            inner);
    }
  }

  std::string Histograms(int depth) {
    switch (dice_.Roll(7)) {
      case 0:
        return "n";
      case 1:
        return "u";
      case 2:
        return fmt::format("rate({}[{}])", dice_.Pick<Text>({"n", "u", "x"}), Duration());
      case 3:
        return fmt::format("sum{} (rate({}[{}]))", Grouping(), dice_.Pick<Text>({"n", "u"}),
                           Duration());
      case 4:
        return "b_bucket";
      case 5:
        return fmt::format("sum by (le) (rate(b_bucket[{}]))", Duration());
      default:
        return Vector(depth - 1);
    }
  }

  Dice& dice_;
  const bool range_;
};

}  // namespace

std::string RandomQuery(Dice& dice, bool range) {
  Generator generator(dice, range);
  const int depth = 1 + dice.Roll(4);
  return dice.OneIn(20) ? generator.Scalar(depth) : generator.Vector(depth);
}

}  // namespace narthex::naive
