"""Queries over the data of promql_blocks.py: every operator, modifier, aggregation and function of Prometheus 3.5."""

import itertools
import random

GAUGES = ["g", 'g{zone="a"}', 'g{zone!="a",host=~"h[12]"}', '{__name__=~"g|e"}', "odd"]
COUNTERS = ["c_total", 'c_total{host="h1"}', "slow_total"]
VECTORS = [*GAUGES, *COUNTERS, "info", "b_bucket", "nothing"]
RANGES = ["2m", "7m", "31m"]
MODIFIERS = ["", " offset 3m", " offset -2m", " @ {middle}", " @ start()", " @ end() offset 1m"]

MAPS = ("abs ceil floor exp ln log2 log10 sqrt sgn acos acosh asin asinh atan atanh cos cosh sin sinh tan tanh deg rad "
        "day_of_month day_of_week day_of_year days_in_month hour minute month year").split()
OVER_TIME = ("avg min max sum count stddev stdvar last present mad".split())
COUNTER_FUNCTIONS = "rate increase irate resets".split()
GAUGE_FUNCTIONS = "delta idelta deriv changes".split()
AGGREGATIONS = "sum avg min max count group stddev stdvar".split()
GROUPINGS = ["", " by (zone)", " by (zone, nothing)", " without (host)", " without ()", " by (host)"]
ARITHMETIC = ["+", "-", "*", "/", "%", "^", "atan2"]
COMPARISONS = ["==", "!=", "<", "<=", ">", ">="]
SETS = ["and", "or", "unless"]
NATIVE = ["n", 'n{host="h1"}', "rate(n[{range}])", "sum(n)", "sum by (host) (irate(n[{range}]))", "avg(n)", "u", "sum(u)",
          "increase(n[{range}])", "delta(m[{range}])", "irate(u[{range}])", "sum(u) - sum(u offset 2s)", "m", "irate(n[{range}])", "sum_over_time(n[{range}])",
          "avg_over_time(n[{range}])", "last_over_time(n[{range}])", "n * 3", "n / 4", "n + n", "n - n offset 2s", "-n",
          "2 * n"]


def over_time():
    for function in OVER_TIME:
        for vector, width in itertools.product(["g", "odd", 'c_total{host="h1"}'], RANGES):
            yield f"{function}_over_time({vector}[{width}])"
    for function in COUNTER_FUNCTIONS:
        for vector, width in itertools.product(COUNTERS, RANGES):
            yield f"{function}({vector}[{width}])"
    for function in GAUGE_FUNCTIONS:
        for vector, width in itertools.product(["g", "odd"], RANGES):
            yield f"{function}({vector}[{width}])"
    for function in [*COUNTER_FUNCTIONS, *GAUGE_FUNCTIONS, *(name + "_over_time" for name in OVER_TIME)]:
        for modifier in MODIFIERS[1:]:
            yield f"{function}(c_total[6m]{modifier})"
        yield f"{function}(g[10m:1m])"
        yield f"{function}((g * 2)[9m:]) "
        yield f"{function}(sum by (zone) (rate(c_total[4m]))[12m:2m] offset 1m)"
    for quantile in ["0", "0.25", "0.9", "1", "-0.5", "1.5", "NaN"]:
        yield f"quantile_over_time({quantile}, g[9m])"
        yield f"quantile_over_time({quantile}, odd[9m])"
    for seconds in ["0", "60", "-3600", "time()"]:
        yield f"predict_linear(g[11m], {seconds})"
    for level, trend in [("0.5", "0.5"), ("0.01", "0.99"), ("0.1", "0.1")]:
        yield f"double_exponential_smoothing(g[13m], {level}, {trend})"
    for vector in ["g", "nothing", 'nothing{zone="a",host=~"x"}', 'nothing{zone="a",zone="b"}']:
        yield f"absent_over_time({vector}[5m])"
        yield f"absent({vector})"
    for function in ["ts_of_min_over_time", "ts_of_max_over_time", "ts_of_last_over_time"]:
        yield f"{function}(g[10m])"


def selectors():
    for vector, modifier in itertools.product(VECTORS, MODIFIERS):
        yield vector + modifier
    for vector in ["g", "c_total"]:
        for depth in [f"{vector}[4m]", f"{vector}[4m] offset 1m", f"{vector}[10m:2m]", f"rate({vector}[3m])[8m:1m]"]:
            yield depth
    yield 'g{zone=~"a|b|zz"}'
    yield 'g{zone!~"a|b"}'
    yield '{__name__="g",zone=""}'
    yield '{"g", host="h1"}'


def functions():
    for function, vector in itertools.product(MAPS, ["g", "odd"]):
        yield f"{function}({vector})"
    for function in MAPS[-8:]:
        yield f"{function}()"
        yield f"{function}(vector(1700000000) + g * 86400)"
    for vector in ["g", "odd"]:
        for call in ["clamp({}, -5, 5)", "clamp({}, 5, -5)", "clamp({}, NaN, 5)", "clamp_min({}, 0)", "clamp_max({}, 0)",
                     "round({})", "round({}, 5)", "round({}, 0.3)", "timestamp({})", "timestamp({} + 1)", "scalar({})",
                     "vector(scalar({}))", "sort({})", "sort_desc({})", "sort_by_label({}, 'host', 'zone')",
                     "sort_by_label_desc({}, 'host')", "-{}", "+{}", "absent({} > 1e9)", "sum({}) or vector(0)"]:
            yield call.format(vector)
    yield from ['label_replace(g, "new", "$1-x", "host", "h(.)")', 'label_replace(g, "host", "", "host", ".*")',
                'label_replace(g, "new", "${z}", "zone", "(?P<z>.)")', 'label_replace(g, "zone", "same", "zone", "[ab]") * 0',
                'label_replace(g, "new", "x", "zone", "nomatch")', 'label_join(g, "new", "/", "zone", "host")',
                'label_join(g, "host", "")', 'label_replace(c_total, "__name__", "d_total", "", "")',
                "time()", "pi()", "vector(time())", "scalar(nothing)", "time() % 60", "info * 0 + 1",
                "sum(g) / count(g) - avg(g)"]
    for quantile in ["0", "0.3", "0.5", "0.99", "1", "-1", "2", "NaN"]:
        yield f"histogram_quantile({quantile}, b_bucket)"
        yield f"histogram_quantile({quantile}, sum by (le) (rate(b_bucket[5m])))"
        yield f"histogram_quantile({quantile}, sum by (le, zone) (increase(b_bucket[9m])))"
    for bounds in ["0, 0.5", "0.1, 1", "-1, 100", "1, 1", "5, 0.1", "0.05, 0.2"]:
        yield f"histogram_fraction({bounds}, sum by (le) (rate(b_bucket[5m])))"


def aggregations():
    for function, grouping, inner in itertools.product(AGGREGATIONS, GROUPINGS, ["g", "odd", "rate(c_total[5m])"]):
        yield f"{function}{grouping} ({inner})"
    for function, grouping, k in itertools.product(["topk", "bottomk"], GROUPINGS[:4], ["1", "2", "99", "0", "-3", "scalar(max(g)) % 3"]):
        yield f"{function}{grouping} ({k}, g)"
    for quantile, grouping in itertools.product(["0", "0.4", "1", "-1", "2", "NaN"], GROUPINGS[:4]):
        yield f"quantile{grouping} ({quantile}, g)"
    for grouping in GROUPINGS[:4]:
        yield f'count_values{grouping} ("value", round(g, 20))'
        yield f'count_values{grouping} ("zone", sgn(g))'
        yield f"limitk{grouping} (2, g) * 0"
        yield f"limit_ratio{grouping} (0.5, g)"
        yield f"limit_ratio{grouping} (-0.5, g)"


def operators():
    for operator in ARITHMETIC:
        for left, right in [("g", "3"), ("7", "g"), ("g", "e"), ("odd", "2"), ("0", "odd"), ("g", "g"), ("-2", "3"), ("g", "time()")]:
            yield f"{left} {operator} {right}"
        yield f"g {operator} on (zone, host) c_total"
        yield f"g {operator} ignoring (unit) e"
        yield f"g {operator} on (zone) group_left info"
        yield f"g {operator} on (zone) group_left (region) info"
        yield f"info {operator} on (zone) group_right (region) g"
        yield f"g {operator} ignoring (host, region) group_left () info"
    for operator, as_bool in itertools.product(COMPARISONS, ["", " bool"]):
        for left, right in [("g", "3"), ("7", "g"), ("g", "e"), ("odd", "1"), ("g", "avg(g)"), ("g", "g offset 1m")]:
            yield f"{left} {operator}{as_bool} {right}"
        yield f"g {operator}{as_bool} on (zone) group_left info"
        yield f"g {operator}{as_bool} on (zone) group_left sum by (zone) (g)"
        yield f"2 {operator} bool 3"
    for operator in SETS:
        for left, right in [("g", "e"), ("g", "nothing"), ("nothing", "g"), ("g > 0", "g < 10"), ("g", "g offset 2m")]:
            yield f"{left} {operator} {right}"
        for matching in ["on (zone)", "ignoring (host)", "on ()", "on (zone, host)", "ignoring (unit, region)"]:
            yield f"g {operator} {matching} info"
            yield f"(g > 0) {operator} {matching} (e < 5)"
    yield from ["1 + 2 * 3 ^ 2 ^ 0.5 - 7 % 4", "-g ^ 2", "g + on () group_left sum(g)", "2 ^ -1", "(g + 1) * (g - 1) / g",
                "g unless on (host) (g > 0) or e", "1 > bool 2 == bool 0", "g / 0", "0 / 0", "g % 0", "-1 ^ 0.5"]


def joins_that_fail():
    return ["g + on (zone) info * on (zone) g", "g + on (zone) g", "info + on (zone) g", "g * on () info",
            "g + on (zone) group_right info", "g == on (zone) group_left e", "g and on (zone) (info * on (zone) g)",
            'label_replace(g, "host", "same", "", "")', "g > on (zone) (max by (zone) (g) - 1)",
            "(g > 20) + on (zone) (e > 1)"]


def nested(count, seed=7):
    """Random compositions of the above."""
    dice = random.Random(seed)
    pool = [text for text in itertools.chain(over_time(), functions(), aggregations()) if not text.endswith("]")]
    for _ in range(count):
        a, b = dice.choice(pool), dice.choice(pool)
        yield dice.choice([
            "{a} + on (zone, host) group_left max by (zone, host) ({b})", "sum by (zone) ({a})", "abs({a}) > 1", "max({a}) - min({b})",
            "avg_over_time(({a})[6m:2m])", "({a}) or ({b})", "({a}) unless on (zone) ({b})", "topk(2, {a})",
            "count({a}) by (zone) / count({b}) by (zone)", "clamp_min({a}, 1) * 2", "quantile(0.5, {a})",
        ]).format(a=a, b=b)


def native():
    widths = ["3s", "8s"]
    for vector, width in itertools.product(NATIVE, widths):
        inner = vector.replace("{range}", width)
        for call in ["{}", "histogram_count({})", "histogram_sum({})", "histogram_avg({})", "histogram_stddev({})",
                     "histogram_stdvar({})", "histogram_quantile(0.5, {})", "histogram_quantile(0.99, {})",
                     "histogram_quantile(0.02, {})", "histogram_fraction(0, 2, {})", "histogram_fraction(-1, 0.5, {})",
                     "sum({})", "avg by (host) ({})", "count({})", "{} or vector(1)"]:
            yield call.replace('{}', inner)
    for function in ["changes", "resets", "count_over_time", "present_over_time", "max_over_time", "deriv", "first_over_time"]:
        if function != "first_over_time":
            yield f"{function}(n[8s])"
            yield f"{function}(m[8s])"
    yield from ["n == n", "n != n offset 1s", "n > 1", "n + 1", "max(n)", "min(n)", "topk(1, n)", "stddev(n)", "group(n)",
                "quantile(0.5, n)", "abs(n)", "n and m", "n * on (host) group_left info", "n * m", "sum(n) + sum(m)",
                "count_values('v', n)", "rate(n[8s:1s])", "histogram_quantile(0.9, sum(rate(n[8s:2s])))", "scalar(sum(n))",
                "timestamp(n)", "n offset 2s", "absent(n)", "sort(n)", "limitk(1, n)", "histogram_quantile(NaN, n)",
                "avg(rate(n[8s])) - avg(rate(n[8s] offset 1s))"]


def floats():
    seen = dict.fromkeys(itertools.chain(selectors(), functions(), aggregations(), over_time(), operators(), nested(250)))
    return list(seen)
