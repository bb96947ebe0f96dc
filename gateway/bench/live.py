"""`gateway bench live`: what browsers that follow everything cost the gateway, and what a stalled one does."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import msgspec

from .browsers import Browser, Browsers
from .figures import Figure, NotMeasured, Report, attempt
from .processes import Server
from .program import OpenSite
from .progress import Progress

_NODES = 200
_BROWSERS = 20
_QUERY = "channels=devices,readings,events,commands,shadows,places,plants&batch=1"
"""As the page asks."""


class Plan(msgspec.Struct, frozen=True):
    """How often and how long everything is watched."""

    rounds: int
    seconds: float
    settle_s: float
    """New devices are learnt about for some seconds: that is no cost of watching them."""


FULL = Plan(rounds=5, seconds=20, settle_s=20)
QUICK = Plan(rounds=2, seconds=4, settle_s=8)


class _Watched(msgspec.Struct, frozen=True):
    """One stretch of time."""

    core_pct: float
    rss_mb: float
    fewest: float
    """Readings a second that the browser with the fewest got."""


class Live:
    """One run of the bench; everything it writes is below `folder`."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self._folder = folder
        self._plan = plan
        self._site = OpenSite(folder / "gateway")
        self._progress = Progress(3 * plan.rounds + 1)
        self._authorization = ""

    def run(self) -> Report:
        """Every figure, measured or with the reason why not."""
        figures = attempt("live_20_browsers", "% of a core", self._measure)
        self._progress.close()
        return Report("live", tuple(figures))

    def _measure(self) -> list[Figure]:
        alone: list[_Watched] = []
        followed: list[_Watched] = []
        stalled: list[_Watched] = []
        with self._site.start() as server:
            self._progress.step(f"{_NODES} nodes")
            self._authorization = self._site.program("read").authorization
            with self._nodes():
                time.sleep(self._plan.settle_s)
                for _ in range(self._plan.rounds):
                    self._progress.step("nobody watches")
                    alone.append(self._watch(server, None))
                    self._progress.step(f"{_BROWSERS} browsers")
                    with self._browsers() as browsers:
                        followed.append(self._watch(server, browsers))
                        self._progress.step("one more, which is stalled")
                        lazy = Browser(self._site.http_port, self._authorization, _QUERY, stalled=True)
                        stalled.append(self._watch(server, browsers))
                        lazy.socket.close()
                        if browsers.cut:
                            raise NotMeasured(f"{browsers.cut} browsers were sent away")
        return self._figures(alone, followed, stalled)

    def _figures(self, alone: list[_Watched], followed: list[_Watched], stalled: list[_Watched]) -> list[Figure]:
        fewest = min(seen.fewest for seen in followed + stalled)
        note = "" if fewest > 0.9 * _NODES else f"a browser got {fewest:.0f} of {_NODES} readings/s"
        cost = _more(alone, followed)
        return [
            Figure("live_20_browsers", "% of a core", _short(cost), at_most=10, note=note, flawed=bool(note)),
            Figure("live_nobody", "% of a core", _short(median(seen.core_pct for seen in alone))),
            # As near to nothing as the machine's own unrest lets it be told.
            Figure("live_stalled_browser", "% of a core", _short(_more(followed, stalled)), at_most=2),
            Figure(
                "live_stalled_browser_rss",
                "MB",
                _short(max(0.0, min(b.rss_mb - a.rss_mb for a, b in zip(followed, stalled, strict=True)))),
                at_most=2,
            ),
        ]

    def _watch(self, server: Server, browsers: Browsers | None) -> _Watched:
        time.sleep(1)  # whoever has just come gets a snapshot
        before = browsers.readings() if browsers else []
        spent_s, began = server.cpu_s(), time.monotonic()
        time.sleep(self._plan.seconds)
        took_s = time.monotonic() - began
        core_pct = 100 * (server.cpu_s() - spent_s) / took_s
        after = browsers.readings() if browsers else []
        got = [(later - earlier) / took_s for earlier, later in zip(before, after, strict=True)]
        return _Watched(core_pct, server.rss_mb(), min(got, default=0.0))

    @contextmanager
    def _browsers(self) -> Iterator[Browsers]:
        port = self._site.http_port
        browsers = Browsers([Browser(port, self._authorization, _QUERY) for _ in range(_BROWSERS)])
        try:
            yield browsers
        finally:
            browsers.close()

    @contextmanager
    def _nodes(self) -> Iterator[None]:
        """All nodes in a process of their own, each publishing once a second."""
        devices = self._site.enrol(_NODES)
        credentials, ca = self._folder / "nodes", self._folder / "ca.pem"
        credentials.touch(mode=0o600)
        credentials.write_text("\n".join(device.line for device in devices) + "\n")
        ca.write_text(devices[0].ca_pem)
        command = [sys.executable, "-m", "gateway.bench.nodes", str(credentials), str(ca), str(self._site.tls_port)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                deadline = time.monotonic() + 60
                for line in process.stdout:
                    if json.loads(line)["publishing"] == _NODES:
                        break
                    if time.monotonic() > deadline:
                        raise NotMeasured(f"{_NODES} nodes do not publish: {line}")
                yield
            finally:
                process.kill()


def _more(before: list[_Watched], after: list[_Watched]) -> float:
    """Neighbours are compared, so that what the machine does meanwhile meets both."""
    return max(0.0, median(b.core_pct - a.core_pct for a, b in zip(before, after, strict=True)))


def _short(value: float) -> float:
    return float(f"{value:.3g}")
