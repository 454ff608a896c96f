"""--enable-feature switches parts of the query language on, and refuses what it does not know."""

from harness import executable, run_to_end


def test_a_feature_that_is_not_known_is_refused():
    result = run_to_end([executable("narthex-server"), "--enable-feature=promql-magic"])
    assert result.returncode != 0
    assert 'feature "promql-magic" is not known' in result.stderr
