"""What every test may rely on: programs asked for by name, and a CI run in which nothing is left out unseen."""

from __future__ import annotations

import os
import shutil

import pytest
from hypothesis import HealthCheck, settings

# Machines are slow and loaded at times, and the first text takes Hypothesis a second: that is no finding.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("here")

PATHS = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin"])
"""Where programs are looked for: Debian keeps servers off an ordinary user's path."""
EXEMPT = ("soak", "hardware")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(LeftOut(in_ci=os.environ.get("CI", "") not in ("", "0", "false")), "left-out")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("needs"):
        missing = [program for program in marker.args if shutil.which(program, path=PATHS) is None]
        if missing:
            pytest.skip(f"needs {', '.join(missing)}")


class LeftOut:
    """Counts what was skipped, says it by name, and in CI makes it a failure."""

    def __init__(self, in_ci: bool) -> None:
        self._in_ci = in_ci
        self._skipped: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self._note(report)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if not any(name in getattr(report, "keywords", {}) for name in EXEMPT):
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
            self._skipped[report.nodeid] = reason.removeprefix("Skipped: ")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        is_worker = hasattr(session.config, "workerinput")
        if self._in_ci and self._skipped and not is_worker and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self._skipped:
            return
        verdict = "; CI allows none" if self._in_ci else ""
        terminalreporter.section(f"left out on this machine: {len(self._skipped)}{verdict}")
        for name, reason in sorted(self._skipped.items()):
            terminalreporter.line(f"{name}: {reason}")
