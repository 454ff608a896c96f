"""The parser cases of the OpenMetrics project: each folder holds an exposition (`metrics`) and whether
a strict OpenMetrics 1.0 parser takes it (`shouldParse` in test.json)."""

import json

from harness import conformance, executable, run_to_end


def test_every_case_comes_out_as_it_should(notice):
    cases = sorted(conformance("openmetrics").iterdir())
    tool = executable("narthex-tool")
    problems = []
    for case in cases:
        should_parse = json.loads((case / "test.json").read_text())["shouldParse"]
        result = run_to_end(
            [tool, "check", "metrics", "--format=openmetrics", "--lint=none", str(case / "metrics")])
        if result.returncode != (0 if should_parse else 1):
            problems.append(f"{case.name}: exit {result.returncode}, shouldParse is {should_parse}: "
                            f"{result.stderr.strip()}")
    notice(f"OpenMetrics conformance: {len(cases)} cases")
    assert not problems, "\n".join(problems)
    assert len(cases) >= 100, "the cases lost their content"
