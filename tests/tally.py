#!/usr/bin/env python3
"""tally.py RESULTS: adds up the test cases of one run of ./dev test.

RESULTS holds ctest.xml (one entry an executable), gtest/NAME_test.xml (the cases of unit/NAME),
pytest.xml with pytest.status, the same of vitest, and perhaps `failure`, a line that counts as one failed
case.
Prints a line a suite, what failed, and at the very end `N passed, N failed, N skipped`. The exit status is 1 when
anything failed or nothing ran.
"""

import collections
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


class Tally:
    def __init__(self):
        self.suites = collections.defaultdict(collections.Counter)
        self.failures = []
        self.skips = []

    def add(self, suite, result, case="", reason=""):
        self.suites[suite][result] += 1
        if result == FAILED:
            self.failures.append(f"{suite}: {case}" if case else suite)
        if result == SKIPPED:
            self.skips.append(f"{suite}: {case}: {reason}" if case else f"{suite}: {reason}")

    def total(self, result):
        return sum(counts[result] for counts in self.suites.values())


def parse(path):
    """The root element; None where a run ended before it could write the file whole."""
    try:
        return ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError):
        return None


def gtest_cases(path):
    """Yields (name, result, reason) of each case of one test executable."""
    root = parse(path)
    for case in root.iter("testcase") if root is not None else ():
        name = f"{case.get('classname')}.{case.get('name')}"
        skip = case.find("skipped")
        if case.find("failure") is not None:
            yield name, FAILED, ""
        elif case.get("status") == "notrun" and case.get("result") == "suppressed":
            yield name, SKIPPED, "disabled in the source"
        elif skip is not None or case.get("result") == "skipped":
            reason = skip.get("message", "") if skip is not None else ""
            yield name, SKIPPED, " ".join(reason.split())
        else:
            yield name, PASSED, ""


def add_ctest(tally, results):
    path = results / "ctest.xml"
    root = parse(path)
    if root is None:
        tally.add("ctest", FAILED, "no result was written")
        return
    for test in root.iter("testcase"):
        name, status = test.get("name"), test.get("status")
        report = results / "gtest" / f"{name.rpartition('/')[2]}_test.xml"
        cases = list(gtest_cases(report)) if name.startswith("unit/") else []
        for case, result, reason in cases:
            tally.add(name, result, case, reason)
        # An executable can fail beyond its cases: a crash, a leak found at the end, a time limit.
        if status == "run":
            if not name.startswith("unit/"):
                tally.add(name, PASSED)
        elif not any(result == FAILED for _, result, _ in cases):
            tally.add(name, FAILED, f"ended with status {status!r}")


def add_runner(tally, results, runner):
    """The cases of pytest or vitest."""
    status_file = results / f"{runner}.status"
    if not status_file.exists():
        return
    failed_before = tally.total(FAILED)
    root = parse(results / f"{runner}.xml")
    for case in root.iter("testcase") if root is not None else ():
        suite = (case.get("classname") or case.get("name") or runner).split("Test", 1)[0].rstrip(".")
        skip = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            tally.add(suite, FAILED, case.get("name"))
        elif skip is not None:
            tally.add(suite, SKIPPED, case.get("name"), skip.get("message") or "expected to fail")
        else:
            tally.add(suite, PASSED)
    status = int(status_file.read_text())
    # 5: the filter picked nothing.
    if status not in (0, 5) and tally.total(FAILED) == failed_before:
        tally.add(runner, FAILED, f"ended with status {status}")


def main(results):
    tally = Tally()
    add_ctest(tally, results)
    add_runner(tally, results, "pytest")
    add_runner(tally, results, "vitest")
    extra = results / "failure"
    if extra.exists():
        tally.add("run", FAILED, extra.read_text().strip())

    print(f"\n{'suite':<44} {'passed':>7} {'failed':>7} {'skipped':>7}")
    for suite, counts in tally.suites.items():
        print(f"{suite:<44} {counts[PASSED]:>7} {counts[FAILED]:>7} {counts[SKIPPED]:>7}")
    for line in tally.skips:
        print(f"skipped: {line}")
    for line in tally.failures:
        print(f"FAILED: {line}")
    passed, failed, skipped = (tally.total(kind) for kind in (PASSED, FAILED, SKIPPED))
    if passed + failed == 0:
        print("FAILED: nothing ran")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
