#!/usr/bin/env python3
"""Checks that every #include of our own files goes in an allowed direction (see CONTRIBUTING.md).

A module is a folder. Each rule names the modules that one may include beside itself; what has no
rule here is refused, so a new folder needs a row.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TREES = ("common", "exporters", "pushgateway", "alertmanager", "server", "tool", "tests")

# What other people's programs link: C++17, itself and the standard library.
CLIENT_GROUP = {"status", "bytes", "labels", "openmetrics", "client"}
# What it may include beside the headers of C++ and <sys/...>.
CLIENT_SYSTEM = {"dirent.h", "fcntl.h", "nmmintrin.h", "time.h", "unistd.h", "zlib.h"}

# The parts of the server: what each may include beside itself and common. Written out with what a
# part reaches through another: whoever includes rules/ sees the types of promql/ and storage/.
SERVER = {
    "config": set(),
    "storage": set(),
    "tsdb": {"storage"},
    "promql": {"storage"},
    "discovery": {"config"},
    "scrape": {"config", "discovery", "storage"},
    "remote": {"storage"},
    "rules": {"promql", "storage"},
    "api": {"config", "discovery", "promql", "remote", "rules", "scrape", "storage"},
    "ui": set(),
    "flags": {"config", "promql", "storage", "tsdb"},
}

# Executables that meet over HTTP alone.
SEPARATE = ("exporters", "pushgateway", "alertmanager", "server")

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')


def module_of(path):
    """("server", "tsdb") of server/tsdb/wal_reader.h; ("server", "") of server/main.cc."""
    parts = path.split("/")
    return parts[0], parts[1] if len(parts) > 2 else ""


def may_include(source, target):
    """None when the file `source` may include the file `target`, else the reason why not."""
    (tree, part), (to_tree, to_part) = module_of(source), module_of(target)
    if tree == "tests" or (tree, part) == (to_tree, to_part):
        return None
    if to_tree == "tests":
        if re.search(r"_(test|bench|fuzz)\.cc$", source):
            return None
        return "only tests include tests/"
    if tree == "common":
        return common_may_include(part, to_tree, to_part)
    if tree == "tool" or to_tree == "common":
        return None
    if tree != to_tree:
        return f"{tree} and {to_tree} know each other over HTTP only" if to_tree in SEPARATE else f"{tree} may not include {to_tree}"
    if tree == "exporters":
        return None if to_part == "kit" and part != "" else "an exporter includes common and exporters/kit only"
    if tree == "server":
        return server_may_include(part, to_part)
    return None  # the parts of pushgateway and alertmanager


def common_may_include(part, to_tree, to_part):
    if to_tree != "common":
        return "common includes nothing outside common"
    if part in CLIENT_GROUP and to_part not in CLIENT_GROUP:
        return f"the client group ({', '.join(sorted(CLIENT_GROUP))}) includes itself only"
    return None


def server_may_include(part, to_part):
    if part == "":
        return None  # main.cc wires everything
    if part not in SERVER:
        return f"server/{part} has no row in tests/lint/includes.py"
    if to_part in SERVER[part]:
        return None
    allowed = ", ".join(["common", *sorted(SERVER[part])])
    return f"server/{part} includes {allowed} only"


def includes(path):
    """Yields (line number, quoted?, name)."""
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match[1] == '"', match[2]


def check(path):
    """Yields a message for each include of one file that goes the wrong way."""
    name = str(path.relative_to(ROOT))
    tree, part = module_of(name)
    client = tree == "common" and part in CLIENT_GROUP
    is_test = re.search(r"_(test|bench|fuzz)\.cc$", name)
    for number, quoted, target in includes(path):
        if target.split("/")[0] in TREES:
            reason = may_include(name, target)
        elif quoted:
            reason = "our own headers are named from the root of the tree"
        elif client and not is_test and is_library(target):
            reason = "the client group uses the standard library only"
        else:
            reason = None
        if reason:
            yield f'{name}:{number}: "{target}": {reason}'


def is_library(header):
    """Whether <header> belongs to neither C++ nor the system."""
    if header in CLIENT_SYSTEM or header.startswith("sys/"):
        return False
    return "/" in header or "." in header


def self_test():
    """The rules that matter most, each broken once."""
    broken = (
        ("server/promql/engine.cc", "server/tsdb/head.h"),
        ("server/storage/storage.h", "server/tsdb/head.h"),
        ("common/client/registry.h", "common/log/logger.h"),
        ("common/fs/files.h", "server/tsdb/database.h"),
        ("exporters/node/cpu.cc", "exporters/postgres/query.h"),
        ("exporters/kit/collector.h", "exporters/node/cpuinfo.h"),
        ("exporters/node/cpu.cc", "server/storage/storage.h"),
        ("server/scrape/target.cc", "pushgateway/store.h"),
    )
    allowed = (
        ("server/main.cc", "server/tsdb/database.h"),
        ("server/promql/engine.cc", "server/storage/storage.h"),
        ("exporters/node/cpu.cc", "exporters/kit/collector.h"),
        ("tool/main.cc", "server/promql/parser.h"),
        ("common/http_server/server.h", "common/client/registry.h"),
    )
    for pair in broken:
        assert may_include(*pair), pair
    for pair in allowed:
        assert may_include(*pair) is None, pair


def main():
    self_test()
    files = sorted(path for tree in TREES for path in (ROOT / tree).rglob("*") if path.suffix in (".h", ".cc"))
    messages = [message for path in files for message in check(path)]
    for message in messages:
        print(message)
    print(f"{len(files)} files, {len(messages)} includes in a wrong direction")
    return 1 if messages or not files else 0


if __name__ == "__main__":
    sys.exit(main())
