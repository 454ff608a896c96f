#!/usr/bin/env python3
"""tidy.py BUILD LIST: clang-tidy on the C++ files that LIST names, over all cores.

Clean files are remembered by what their result depends on: the file, our headers that it includes
(as ninja recorded them), how it is compiled, .clang-tidy and clang-tidy itself. A second run over
unchanged files is therefore instant. A header is checked with the source that it belongs to, or
else with one that includes it. Exits 77 when LIST names nothing.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = ROOT / "build" / "lint-cache" / "tidy"
TIDY = "clang-tidy-14"
# Options that only g++ knows, and the warnings that are the compiler's business in the build.
EXTRA = ["--extra-arg=-Wno-unknown-warning-option", "--extra-arg=-Wno-everything", "--quiet"]
# A finding inside a macro's expansion is reported once for each place; the first line is enough.
FINDING = re.compile(r"^(?P<place>[^\s:]+:\d+:\d+): (?:error|warning): (?P<text>.*)$", re.MULTILINE)


def compile_commands(build):
    """{file, relative to the root: command} of our own sources."""
    entries = json.loads((build / "compile_commands.json").read_text())
    commands = {}
    for entry in entries:
        path = pathlib.Path(entry["file"])
        if path.is_relative_to(ROOT) and not path.is_relative_to(ROOT / "build"):  # not what cmake wrote
            commands.setdefault(str(path.relative_to(ROOT)), entry["command"])
    return commands


def dependencies(build):
    """{source: [our files that its compilation read]}, both relative to the root."""
    listing = subprocess.run(["ninja", "-C", str(build), "-t", "deps"], capture_output=True, text=True, check=True).stdout
    result, current = {}, None
    for line in listing.splitlines():
        if not line.startswith(" "):
            current = None
            continue
        path = pathlib.Path(os.path.normpath(build / line.strip()))
        if not path.is_relative_to(ROOT):
            continue
        name = str(path.relative_to(ROOT))
        if current is None:  # the first file of an object is its source
            current = result.setdefault(name, [])
        current.append(name)
    return result


def sources_to_check(names, commands, depends):
    """The sources that cover the files named."""
    chosen = set()
    for name in names:
        if name in commands:
            chosen.add(name)
        elif name.endswith(".h"):
            own = name[:-2] + ".cc"
            users = sorted(source for source, files in depends.items() if name in files and source in commands)
            chosen.update([own] if own in commands else users[:1])
    return sorted(chosen)


def options(source):
    """What clang-tidy is told beside its configuration."""
    # `for (auto _ : state)` of a benchmark never reads its variable.
    return EXTRA + (["--checks=-clang-analyzer-deadcode.DeadStores"] if source.endswith("_bench.cc") else [])


def fingerprint(source, command, files):
    """What the result for a source depends on, as one hash."""
    tidy_version = subprocess.run([TIDY, "--version"], capture_output=True, text=True, check=True).stdout
    digest = hashlib.sha256()
    # The root of the tree is left out, so that the result holds in every checkout.
    parts = [tidy_version, command.replace(str(ROOT), ""), *options(source), (ROOT / ".clang-tidy").read_text()]
    for part in parts:
        digest.update(part.encode() + b"\0")
    for name in sorted({source, *files}):
        path = ROOT / name
        digest.update(name.encode() + b"\0" + (path.read_bytes() if path.exists() else b"") + b"\0")
    return digest.hexdigest()


def check(source, build, command, files):
    """Returns (source, remembered?, output); an empty output means clean."""
    stamp = CACHE / fingerprint(source, command, files)
    if stamp.exists():
        return source, True, ""
    run = subprocess.run([TIDY, "-p", str(build), *options(source), str(ROOT / source)], capture_output=True, text=True)
    output = run.stdout.replace(f"{ROOT}/", "")
    if run.returncode == 0:
        stamp.touch()
        return source, False, ""
    return source, False, output or run.stderr


def report(findings):
    counts = {}
    for text in findings.values():
        name = text[text.rfind("[") :]
        counts[name] = counts.get(name, 0) + 1
    for name, count in sorted(counts.items(), key=lambda item: -item[1]):
        print(f"{count:6} {name}")


def main(build, listing):
    names = [line for line in listing.read_text().splitlines() if line]
    if not names:
        return 77
    CACHE.mkdir(parents=True, exist_ok=True)
    commands, depends = compile_commands(build), dependencies(build)
    todo = sources_to_check(names, commands, depends)
    findings, remembered, failed = {}, 0, 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(check, source, build, commands[source], depends.get(source, [])) for source in todo]
        for number, job in enumerate(concurrent.futures.as_completed(jobs), 1):
            source, known, output = job.result()
            remembered += known
            if not known:
                print(f"[{number}/{len(todo)}] {source}{': findings' if output else ''}", flush=True)
            if output:
                failed += 1
                matches = {match["place"]: match["text"] for match in FINDING.finditer(output)}
                if not matches:
                    print(output)
                if not matches.keys() <= findings.keys():  # a header's finding is shown once
                    print("\n".join(f"{place}: {text}" for place, text in matches.items() if place not in findings))
                findings.update(matches)
    report(findings)
    print(f"{len(todo)} sources, {remembered} known to be clean, {len(findings)} findings in {failed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main((ROOT / sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])))
