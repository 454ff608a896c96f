"""The test scripts of Prometheus for its query language, every case of every file."""

import pathlib
import re

from harness import conformance, executable, run_to_end

OUR_SCRIPTS = pathlib.Path(__file__).resolve().parents[1] / "promql"
# As many as each file has at least: fewer are run when a script is not read to its end.
LEAST_CASES = 1800


def test_every_case_of_every_script_passes(notice):
    scripts = sorted(conformance("promql").glob("*.test"))
    result = run_to_end([executable("narthex-tool"), "test", "promql", *map(str, scripts)])
    counts = re.findall(r": (\d+) of (\d+) passed", result.stdout)
    cases = sum(int(total) for _, total in counts)
    notice(f"PromQL conformance: {cases} cases in {len(scripts)} scripts")
    assert result.returncode == 0, result.stderr
    assert len(counts) == len(scripts)
    assert cases == sum(len(re.findall(r"^\s*eval", script.read_text(), re.MULTILINE)) for script in scripts)
    assert cases >= LEAST_CASES, "the scripts lost their content"


def test_our_own_scripts_pass(notice):
    scripts = sorted(OUR_SCRIPTS.glob("*.test"))
    result = run_to_end([executable("narthex-tool"), "test", "promql", *map(str, scripts)])
    notice(result.stdout.strip().splitlines()[-1])
    assert scripts and result.returncode == 0, result.stderr
