"""The bash completions, as bash-completion calls them."""

import pathlib
import subprocess

import pytest

from harness import executable

LIBRARY = pathlib.Path("/usr/share/bash-completion/bash_completion")


def complete(folder, program, *words):
    """What is offered for the last word."""
    if not LIBRARY.exists():
        pytest.skip(f"{LIBRARY} is not there (bash-completion)")
    script = subprocess.run([executable(program), "--completion-script-bash"], capture_output=True, text=True, check=True)
    line = " ".join([program, *words])
    # bash takes "=" for a word of its own when it completes.
    split = [program, *(part for word in words for part in word.replace("=", " = ").split(" ") if part or word == "")]
    function = "_" + program.replace("-", "_")
    ask = f"""
source {LIBRARY}
compopt() {{ :; }}
{script.stdout}
COMP_WORDS=({' '.join(f"'{word}'" for word in split)})
COMP_CWORD={len(split) - 1}
COMP_LINE='{line}'
COMP_POINT={len(line)}
{function}
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, cwd=folder, timeout=20)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return sorted(done.stdout.split())


def test_flags_are_offered(tmp_path):
    assert complete(tmp_path, "narthex-server", "--config.f") == ["--config.file="]
    assert complete(tmp_path, "narthex-node-exporter", "--no-collector.load") == ["--no-collector.loadavg"]


def test_values_are_offered(tmp_path):
    (tmp_path / "one.yml").touch()
    assert complete(tmp_path, "narthex-server", "--log.level=w") == ["warn"]
    assert complete(tmp_path, "narthex-server", "--config.file", "on") == ["one.yml"]


def test_commands_are_offered(tmp_path):
    (tmp_path / "one.prom").touch()
    assert complete(tmp_path, "narthex-tool", "ch") == ["check"]
    assert "metrics" in complete(tmp_path, "narthex-tool", "check", "")
    assert complete(tmp_path, "narthex-tool", "check", "metrics", "--ext") == ["--extended"]
    assert complete(tmp_path, "narthex-tool", "check", "metrics", "on") == ["one.prom"]
