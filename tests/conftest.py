"""Fixtures for all tests: a launcher whose processes end with the test, or with the module."""

import pytest

from harness import Launcher


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """Adds the logs of the processes to the report of a failed test."""
    outcome = yield
    report = outcome.get_result()
    if not report.failed:
        return
    for name in ("launch", "module_launch"):
        launcher = item.funcargs.get(name)
        if launcher is not None:
            report.sections.append((f"logs of {name}", launcher.logs()))


@pytest.fixture
def launch(tmp_path):
    launcher = Launcher(tmp_path / "logs")
    yield launcher
    launcher.stop_all()


@pytest.fixture(scope="module")
def module_launch(tmp_path_factory):
    launcher = Launcher(tmp_path_factory.mktemp("logs"))
    yield launcher
    launcher.stop_all()


@pytest.fixture(scope="session")
def notice(pytestconfig):
    """Prints a line that shows without -s: how much a comparison compared."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")

    def write(text):
        with capture.global_and_fixture_disabled():
            print(f"\n  {text}", flush=True)

    return write
