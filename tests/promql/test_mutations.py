"""The differential test catches mistakes in the kernels of the engine: each of these, put in, makes it fail.

A mutated source is compiled as the build compiles it, and linked in front of the library.
"""

import json
import pathlib
import shlex
import subprocess

import pytest

from harness import ALL_ONLY, BIN, CHECKOUT

BUILD = BIN.parent

# File below server/promql, what stands there, what is put in its place.
MUTATIONS = [
    ("rate_column.cc", "const int64_t begin_ms = end_ms - input.shape.range_ms;", "const int64_t begin_ms = end_ms - input.shape.range_ms - 1000;"),
    ("rate_column.cc", "increase += input.values[input.resets[i] - 1];", "increase += input.values[input.resets[i]];"),
    ("over_time_kernels.cc", "std::isnan(values[best])) best = i;", "false) best = i;"),
    ("statistics_kernels.cc", "return low * (1 - weight) + high * weight;", "return low * weight + high * (1 - weight);"),
    ("statistics_kernels.cc", "return now.value < before.value;", "return now.value <= before.value;"),
    ("range_function.cc", "while (first < after && time_at(first) <= begin_ms) ++first;",
     "while (first < after && time_at(first) < begin_ms) ++first;"),
    ("leaf_operators.cc", "samples.timestamps_ms[newest] > time_ms - context_.lookback_ms;",
     "samples.timestamps_ms[newest] >= time_ms - context_.lookback_ms;"),
    ("histogram_quantile.cc", "if (bucket.lower > 0) return std::exp2(lower + (upper - lower) * fraction);",
     "if (bucket.lower > 0) return std::exp2(lower) + (std::exp2(upper) - std::exp2(lower)) * fraction;"),
    ("histogram_math.cc", "histogram.count += sign * other.count;", "histogram.count += other.count;"),
    ("set_operators.cc", "if (marked != present) column.present[step] = Column::kAbsent;",
     "if (marked == present) column.present[step] = Column::kAbsent;"),
    ("vector_join.cc", "if (listed != matching_.on) builder.Remove(label.name);", "if (listed == matching_.on) builder.Remove(label.name);"),
    ("histogram_reset.cc", "if (now.count < before.count) return true;", "if (now.count <= before.count) return true;"),
]


def compile_command(source):
    commands = json.loads((BUILD / "compile_commands.json").read_text())
    entry = next(entry for entry in commands if entry["file"] == str(source))
    return shlex.split(entry["command"]), entry["directory"]


def link_command():
    told = subprocess.run(["ninja", "-t", "commands", "-s", "bin/promql_naive_test"], cwd=BUILD, capture_output=True, text=True,
                          check=True).stdout.strip().splitlines()[-1]
    words = [word for word in shlex.split(told) if word not in (":", "&&")]
    return words


def replaced(words, flag, value):
    at = words.index(flag)
    return words[: at + 1] + [value] + words[at + 2 :]


@ALL_ONLY
@pytest.mark.parametrize("name, before, after", MUTATIONS, ids=[f"{name}-{i}" for i, (name, _, _) in enumerate(MUTATIONS)])
def test_a_mistake_is_caught(tmp_path, name, before, after):
    source = CHECKOUT / "server/promql" / name
    text = source.read_text()
    assert text.count(before) == 1, f"{name}: the mutation's place is gone"
    mutated = tmp_path / name
    mutated.write_text(text.replace(before, after))
    command, directory = compile_command(source)
    command = [str(mutated) if word == str(source) else word for word in command]
    command = replaced(command, "-o", str(tmp_path / "mutated.o"))
    made = subprocess.run([*command, "-w", "-Wno-error"], cwd=directory, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    link = replaced(link_command(), "-o", str(tmp_path / "mutant"))
    first_library = next(i for i, word in enumerate(link) if word.endswith(".a"))
    link.insert(first_library, str(tmp_path / "mutated.o"))
    made = subprocess.run(link, cwd=BUILD, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    run = subprocess.run([tmp_path / "mutant"], capture_output=True, text=True, check=False)
    assert run.returncode == 1 and "less of it" in run.stdout, f"{name}: nobody noticed: {after}"
