#!/usr/bin/env python3
"""Checks that every header of ours compiles when it is the only thing included.

The client group, which other people's programs link, is compiled as C++17, the rest as C++20.
Compiling goes through ccache, so a second run costs little.
"""

import concurrent.futures
import os
import pathlib
import subprocess
import sys

from includes import CLIENT_GROUP, ROOT, TREES, module_of

OUT = ROOT / "build" / "lint-cache" / "headers"
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror", "-Wno-missing-field-initializers"]
PACKAGES = ["re2", "libcurl", "libcares", "libdeflate", "libsystemd"]


def library_flags():
    known = [name for name in PACKAGES if subprocess.run(["pkg-config", "--exists", name]).returncode == 0]
    flags = subprocess.run(["pkg-config", "--cflags", *known], capture_output=True, text=True, check=True).stdout
    return [flag for flag in flags.split() if not flag.startswith("-std=")]


def compile_alone(header, flags):
    """Returns the compiler's complaint, empty when there is none."""
    tree, part = module_of(header)
    standard = "c++17" if tree == "common" and part in CLIENT_GROUP else "c++20"
    unit = OUT / (header.replace("/", "_") + ".cc")
    text = f'#include "{header}"\n'
    if not unit.exists() or unit.read_text() != text:
        unit.write_text(text)
    command = ["ccache", "g++", f"-std={standard}", *WARNINGS, *flags, "-I.", "-c", str(unit.relative_to(ROOT)), "-o", str(unit.with_suffix(".o").relative_to(ROOT))]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stderr


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    headers = sorted(str(path.relative_to(ROOT)) for tree in TREES for path in (ROOT / tree).rglob("*.h"))
    flags = library_flags()
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for header, complaint in zip(headers, pool.map(lambda name: compile_alone(name, flags), headers)):
            if complaint:
                failed += 1
                print(f"{header} does not compile alone:\n{complaint}")
    print(f"{len(headers)} headers, {failed} do not compile alone")
    return 1 if failed or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
