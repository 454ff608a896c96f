"""narthex-tool check metrics and promtool's, on the same text: both take it or both refuse it, and
their lint finds as much in the same families. The wording is each one's own."""

import collections

import pytest

from harness import executable, peer, run_to_end

SAMPLES = [
    "a 1", "a 1 ", "a 1 5", "a 1 5 ", "a 1 5 6", "a 1 +5", "a 1 -5", "a 1 5.0", "a  1", "a\t1", " a 1", "a", "a ",
    "a{} 1", "a{b=\"c\"} 1", "a{b=\"c\",} 1", "a{,} 1", "a{,b=\"c\"} 1", "a{b=\"c\" } 1", "a{ b = \"c\" , d=\"e\"} 1",
    "a {b=\"c\"} 1", "a{b=\"c\"}1", "a{b=\"c\"", "a{b=\"c", "a{b=c} 1", "a{b} 1", "a{1=\"c\"} 1", "a{b=\"\\n\\\\\\\"\"} 1",
    "a{b=\"\\x\"} 1", "a{b=\"1\",b=\"2\"} 1", "a{b=\"1\"d=\"2\"} 1", "a{__name__=\"b\"} 1", "a{a:b=\"1\"} 1", "0a 1", "a-b 1",
    "a:b 1", ":a 1", "{} 1", "{\"a\"} 1", "{\"a\",\"b\"} 1", "{c=\"d\"} 1",
    "a NaN", "a nan", "a +Inf", "a -Inf", "a Infinity", "a inf", "a 1e5", "a 1E5", "a 1e999", "a 1e-999", "a .5", "a 5.",
    "a +1", "a 0x1p4", "a 0x10", "a 1_000", "a one", "a 1,5", "a 00012", "a 1e", "a -", "é 1", "a{b=\"é\"} 1",
]

HEADERS = [
    "#", "# ", "# a remark", "#TYPE a gauge\na 1", "# HELP", "# HELP ", "# HELP a", "# HELP a ", "# HELP a b", "# HELP a b\n# HELP a c",
    "# HELP a \\n \\\\ \\\"", "# HELP a \\x", "# HELP 0a b", "# HELP a b\na 1", "# TYPE", "# TYPE a", "# TYPE a gauge", "# TYPE a gauge ",
    "# TYPE a  gauge", "# TYPE a GAUGE", "# TYPE a untyped", "# TYPE a unknown", "# TYPE a info", "# TYPE a sort",
    "# TYPE a gauge\n# TYPE a gauge", "a 1\n# TYPE a gauge", "a 1\n# HELP a text", "# TYPE a gauge\na 1\nb 1\na{c=\"d\"} 1",
    "# UNIT a seconds", "# EOF", "# EOF\na 1",
]

BUCKETS = "# TYPE h histogram\n"
QUANTILES = "# TYPE s summary\n"
STRUCTURES = [
    BUCKETS + "h_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum 3\nh_count 2",
    BUCKETS + "h_bucket{le=\"1\"} 1.5\nh_count 2", BUCKETS + "h_bucket{le=\"1\"} -1", BUCKETS + "h_bucket{le=\"one\"} 1",
    BUCKETS + "h_count -1", BUCKETS + "h_sum -1\nh_count 0", BUCKETS + "h{le=\"1\"} 1",
    "# TYPE h gaugehistogram\nh_bucket{le=\"1\"} 1\nh_sum 3\nh_count 2", "# TYPE h gauge_histogram\nh_count 2",
    QUANTILES + "s{quantile=\"0.5\"} 1\ns_sum 1\ns_count 1", QUANTILES + "s{quantile=\"x\"} 1", QUANTILES + "s_sum NaN",
    "h_count 1\n# TYPE h histogram\nh_sum 1", "a 1\na 1",
]

LINTS = [
    "# HELP a x\n# TYPE a counter\na 1", "# HELP a_total x\n# TYPE a_total gauge\na_total 1", "# HELP a_total x\na_total 1",
    "# HELP a_milliseconds x\na_milliseconds 1", "# HELP a_seconds x\na_seconds 1", "# HELP a_kibibytes_days x\na_kibibytes_days 1",
    "# HELP a_bits x\na_bits 1", "# HELP a_inches x\na_inches 1", "# HELP a_ms x\na_ms 1", "# HELP a_b_c x\na_b_c 1", "# HELP s x\ns 1",
    "# HELP a_bucket x\n# TYPE a_bucket gauge\na_bucket{le=\"1\",quantile=\"2\"} 1", "# HELP a_sum x\n# TYPE a_sum gauge\na_sum 1",
    "# HELP a_count x\n# TYPE a_count counter\na_count 1", "# HELP a_count x\na_count{le=\"1\"} 1",
    "# HELP a_gauge x\n# TYPE a_gauge gauge\na_gauge 1", "# HELP a_gauge_x x\n# TYPE a_gauge_x counter\na_gauge_x 1",
    "# HELP a_summary x\n# TYPE a_summary summary\na_summary_sum 1", "# HELP a:b x\na:b 1", "# HELP aB x\naB 1", "# HELP AB x\nAB 1",
    "# HELP a x\na{cD=\"1\"} 1", "# HELP a x\na{b=\"c\"} 1\na{b=\"c\"} 2", "a 1",
]

# Text that the original loses without a word, or takes though no reader could use it; ours says so.
REFUSED_BY_US_ONLY = [
    BUCKETS + "h 1",                                          # neither bucket, sum nor count: dropped
    BUCKETS + "h_bucket 1",
    QUANTILES + "s 1",
    QUANTILES + "s{quantile=\"NaN\"} 1",
    BUCKETS + "h_bucket{le=\"1\"} 1\nh_bucket{le=\"1\"} 2",   # one series twice
    "{a} 1",                                                  # a name in braces without quotes
]

# Names that the server takes and the original's check does not.
TAKEN_BY_US_ONLY = ["{\"a b\",c=\"d\"} 1", "a{\"b c\"=\"d\"} 1", "# TYPE \"a b\" gauge\n{\"a b\"} 1"]


def both(text):
    ours = run_to_end([executable("narthex-tool"), "check", "metrics"], text_in=text)
    theirs = run_to_end([peer("promtool"), "check", "metrics"], text_in=text)
    return ours, theirs


def findings(result):
    return collections.Counter(line.split(" ")[0] for line in result.stderr.splitlines())


def test_both_take_and_refuse_the_same_and_find_as_much(notice):
    texts = [text + "\n" for text in SAMPLES + HEADERS + STRUCTURES + LINTS] + SAMPLES
    problems, valid = [], 0
    for text in texts:
        ours, theirs = both(text)
        valid += theirs.returncode != 1
        if ours.returncode != theirs.returncode:
            problems.append(f"{text!r}: exit {ours.returncode}, the original {theirs.returncode}: "
                            f"{ours.stderr or theirs.stderr}")
        elif ours.returncode == 3 and findings(ours) != findings(theirs):
            problems.append(f"{text!r}: {ours.stderr!r}, the original {theirs.stderr!r}")
    notice(f"check metrics: {len(texts)} texts compared with promtool, of which it takes {valid}")
    assert not problems, "\n".join(problems)
    assert 60 < valid < len(texts) - 60, "the texts no longer stand for both outcomes"


@pytest.mark.parametrize("text", REFUSED_BY_US_ONLY)
def test_what_the_original_loses_is_refused(text):
    ours, theirs = both(text + "\n")
    assert ours.returncode == 1
    assert theirs.returncode != 1, "the original refuses this too now"


@pytest.mark.parametrize("text", TAKEN_BY_US_ONLY)
def test_names_beyond_the_legacy_ones_are_taken(text):
    ours, theirs = both(text + "\n")
    assert ours.returncode == 3
    assert theirs.returncode == 1, "the original takes this too now"
