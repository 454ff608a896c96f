"""Our packages, built once, and a container with none, or all, of them installed."""

import subprocess

import pytest

from bed import Bed, require
from harness import CHECKOUT


@pytest.fixture(scope="session")
def packages():
    """The paths of the .deb files by package name."""
    built = subprocess.run([CHECKOUT / "dev", "package"], capture_output=True, text=True, timeout=1800)
    assert built.returncode == 0, built.stdout + built.stderr
    folder = CHECKOUT / "build/release/packages"
    return {path.name.split("_")[0]: path for path in sorted(folder.glob("*.deb"))}


@pytest.fixture(scope="module")
def bed(packages):
    require()
    bed = Bed(packages.values())
    yield bed
    bed.close()
