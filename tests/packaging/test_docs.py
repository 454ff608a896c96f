"""Runs every fenced `sh` block of README.md, CONTRIBUTING.md and docs/, so that none of them is a lie.

    ```sh            runs as root in a container, in a folder that has our packages. The blocks of a page share it, in
                     order. docs/install.md begins without any package installed, other pages with all
    ```sh checkout   runs in the checkout, on this machine
    <!-- not run: REASON -->   on the line before the block: it is skipped with that reason
"""

import re
import shutil
import subprocess

import pytest

from bed import Bed, require
from harness import CHECKOUT

INSTALL = "docs/install.md"
BLOCK = re.compile(r"(?:^<!-- not run: (?P<reason>[^\n]+) -->\n)?^```sh(?P<where>[^\n]*)\n(?P<script>.*?)^```$", re.M | re.S)


def blocks():
    for path in [CHECKOUT / "README.md", CHECKOUT / "CONTRIBUTING.md", *sorted(CHECKOUT.glob("docs/*.md"))]:
        page, text = str(path.relative_to(CHECKOUT)), path.read_text()
        for match in BLOCK.finditer(text):
            line = text.count("\n", 0, match.start("where")) + 1
            yield pytest.param(page, match["where"].strip(), match["reason"], match["script"], id=f"{page}:{line}")


@pytest.fixture(scope="module")
def bed_of(packages):
    """Gives the container of a page, which is booted for its first block; only one is there at a time."""
    current = {}

    def get(page):
        if page not in current:
            for bed in current.values():
                bed.close()
            current.clear()
            bed = current[page] = Bed(packages.values())
            bed.path("/root/packages").mkdir()
            for path in packages.values():
                shutil.copy(path, bed.path("/root/packages"))
            if page != INSTALL:
                bed.run("sh", "-c", "dpkg -i /root/packages/*.deb")
        return current[page]

    yield get
    for bed in current.values():
        bed.close()


@pytest.mark.parametrize("page, where, reason, script", blocks())
def test_block(request, page, where, reason, script):
    if reason:
        pytest.skip(f"the page says: {reason}")
    if where == "checkout":
        done = subprocess.run(["bash", "-euo", "pipefail"], input=script, cwd=CHECKOUT, capture_output=True,
                              text=True, timeout=1800)
    else:
        assert where == "", f"unknown mark {where!r} of a block"
        require()
        bed = request.getfixturevalue("bed_of")(page)
        # The script is read before it runs: what it starts may read its standard input.
        done = bed.run("bash", "-c", f"cd /root/packages; set -euo pipefail; {script}", check=False)
    assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"


def test_pages_have_blocks():
    assert sum(block.values[0] == INSTALL for block in blocks()) >= 8
