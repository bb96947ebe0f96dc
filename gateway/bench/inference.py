"""`gateway bench inference`: what a decision and a buffer of sound cost, how large models are, and their memory."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import msgspec

from ..core.window.moment import Moment
from ..simulator.sounds import pcm
from ..simulator.world.room import Sound
from .deciding import LESSONS, measured
from .figures import Figure, NotMeasured, Report, attempt
from .processes import Server
from .program import OpenSite, Program
from .progress import Progress
from .thinkers import CLONE, audio_model, model_folder, window_model
from .window_node import COLD_C, HOT_C, MODEL_S, WindowNode

_LIBRARIES = ("onnxruntime", "numpy")
_SETTLE_S = 3.0
_ROUNDS = 5
_PATIENCE_S = 60.0
_SPEECH = Sound(hum=10**2.6, street=10**4.0, voices=10**5.5, water=0.0, machine=0.0)
_BUCKET = re.compile(r'^gateway_decision_seconds_bucket\{le="([^"]+)"\} (\S+)$', re.MULTILINE)
_BUFFERS = re.compile(r"^gateway_audio_buffers_total\{[^}]*\} ([1-9]\S*)$", re.MULTILINE)


class Plan(msgspec.Struct, frozen=True):
    """How many decisions the gateway makes, and calls of each model."""

    decisions: int
    calls: int


FULL = Plan(decisions=1500, calls=3000)
QUICK = Plan(decisions=250, calls=500)


class Inference:
    """One run of the bench; everything it writes is below `folder`."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self._folder = folder
        self._plan = plan
        self._site = OpenSite(folder / "gateway")
        with self._site.config.open("a") as config:
            config.write("[window]\nmin_interval_s = 0\n")
        self._progress = Progress(8)

    def run(self) -> Report:
        """Every figure, measured or with the reason why not."""
        self._progress.step("decisions alone")
        figures = attempt("decision_p99", "ms", self._deciding)
        figures += attempt("rss_added", "MB", self._gateway)
        self._progress.step("the window model alone")
        figures += attempt("window_think_p99", "ms", self._thinking)
        self._progress.step("the audio model alone")
        figures += attempt("audio_features_p99", "ms", self._hearing)
        figures += [figure for name in ("window", "audio") for figure in attempt(f"{name}_bytes", "KB", _sizes(name))]
        self._progress.step("the audio model beside librosa")
        figures += attempt("audio_time", "of librosa's", _beside_librosa)
        self._progress.close()
        return Report("inference", tuple(figures))

    def _deciding(self) -> list[Figure]:
        """In rounds: one that met a busy machine moves nothing."""
        took = asyncio.run(measured(self._folder, _ROUNDS, self._plan.decisions // _ROUNDS))
        found = [
            Figure("decision_untaught_p99", "ms", _p99(took.untaught)),
            Figure("decision_p50", "ms", _short(median(map(median, took.taught)))),
            Figure("decision_p99", "ms", _p99(took.taught), at_most=1.0, note=f"of one core, after {LESSONS} lessons"),
        ]
        if took.shadowed:
            found.append(Figure("decision_shadowed_p99", "ms", _p99(took.shadowed), note="with another in shadow"))
        return found

    def _gateway(self) -> list[Figure]:
        """Memory before there is a window and after both models have worked; decisions as the gateway times them."""
        with self._site.start() as server:
            self._progress.step("a gateway without a window")
            authorization = self._site.program("read").authorization
            time.sleep(_SETTLE_S)
            before_mb, unused = server.rss_mb(), _mapped(server)
            (device,) = self._site.enrol(1, kind="window")
            self._progress.step("the same with one")
            node = WindowNode(device, self._site.tls_port)
            try:
                node.ask(HOT_C, MODEL_S)
                node.ask(COLD_C)
                node.sound(pcm(_SPEECH, 0.0))
                wait_for(lambda: _BUFFERS.search(self._asked(authorization, "/metrics")), "the sound was heard")
                time.sleep(_SETTLE_S)
                after_mb = server.rss_mb()
                self._progress.step("decisions")
                for _ in range(self._plan.decisions // 2):
                    node.ask(HOT_C)
                    node.ask(COLD_C)
                took = p99_ms(self._asked(authorization, "/metrics"))
                said = json.loads(self._asked(authorization, "/api/decisions?limit=1"))["decisions"][0]
            finally:
                node.close()
        by_model = str(said["model"]).startswith("window@")
        flaw = node.flaw or ("" if by_model else f"decided by {said['model']}, not by the model")
        note = flaw or f"{said['model']}; in a running gateway, by its own histogram"
        return [
            Figure("decision_live_p99", "ms", took, note=note, flawed=bool(flaw)),
            Figure("rss_added", "MB", round(after_mb - before_mb, 1), at_most=60, note=flaw, flawed=bool(flaw)),
            Figure("rss_unused", "MB", unused, at_most=0, note=f"of {' and '.join(_LIBRARIES)} without a window"),
        ]

    def _asked(self, authorization: str, path: str) -> str:
        """On a connection of its own: the gateway ends one that is idle for as long as a bench takes."""
        program = Program(self._site.http_port, authorization)
        try:
            return program.fetched(path).decode()
        finally:
            program.close()

    def _thinking(self) -> list[Figure]:
        model = window_model()
        moments = [
            Moment(time_ms=0, hour=index % 24, day=1 + index % 365, temperature_c=18.0 + index % 12, humidity_pct=45.0)
            for index in range(97)
        ]
        took = _times(lambda index: model.think("bench", moments[index % len(moments)]), self._plan.calls)
        return _calls("window_think", took)

    def _hearing(self) -> list[Figure]:
        model, buffer = audio_model(), pcm(_SPEECH, 0.3)
        return _calls("audio_features", _times(lambda _: model.features(buffer), self._plan.calls // 20))


def _times(call: Callable[[int], object], calls: int) -> list[float]:
    """ms of each call, after some that pay for what is loaded once."""
    for index in range(20):
        call(index)
    took: list[float] = []
    for index in range(calls):
        began = time.perf_counter()
        call(index)
        took.append((time.perf_counter() - began) * 1000)
    return took


def _p99(rounds: list[list[float]]) -> float:
    """The median of the rounds' p99."""
    return _short(median(sorted(took)[int(0.99 * (len(took) - 1))] for took in rounds))


def _calls(name: str, took: list[float]) -> list[Figure]:
    return [Figure(f"{name}_p50", "ms", _short(median(took))), Figure(f"{name}_p99", "ms", _p99([took]))]


def _sizes(name: str) -> Callable[[], list[Figure]]:
    def measure() -> list[Figure]:
        folder = model_folder(name)
        found = [Figure(f"{name}_bytes", "KB", _kilobytes(folder / "model.onnx"), note="as it is shipped")]
        whole = folder / "model.fp32.onnx"
        if whole.exists():
            found.append(Figure(f"{name}_fp32_bytes", "KB", _kilobytes(whole)))
        return found

    return measure


def _kilobytes(path: Path) -> float:
    return _short(path.stat().st_size / 1024)


def _beside_librosa() -> list[Figure]:
    """What the model's own evaluation measures, turn by turn; librosa is for development only."""
    if not (CLONE / "models" / "audio" / "evaluate.py").exists():
        raise NotMeasured("librosa is compared with in a clone only: python -m models.audio.evaluate")
    command = [sys.executable, "-m", "models.audio.evaluate", "--json"]
    done = subprocess.run(command, cwd=CLONE, capture_output=True, text=True, check=False)
    try:
        figures = json.loads(done.stdout)["figures"]
    except (ValueError, KeyError) as error:
        raise NotMeasured(f"python -m models.audio.evaluate: {done.stderr.strip()[-300:]}") from error
    found = next(figure for figure in figures if figure["name"] == "audio_time")
    value, peer = _short(found["value_ms"]), _short(found["peer_ms"])
    return [Figure("audio_time", "ms", value, peer, _short(found["value"]), at_most=0.5, note="2 s beside librosa")]


def _mapped(server: Server) -> float:
    """MB of the libraries' files that the process has mapped."""
    total = 0
    for line in Path(f"/proc/{server.pid}/maps").read_text().splitlines():
        span, _, rest = line.partition(" ")
        if any(f"/{name}" in rest for name in _LIBRARIES):
            first, _, last = span.partition("-")
            total += int(last, 16) - int(first, 16)
    return round(total / 2**20, 1)


def p99_ms(metrics: str) -> float:
    """The p99 of the gateway's own histogram: where in its bucket it lies is interpolated."""
    buckets = [(float(bound), float(count)) for bound, count in _BUCKET.findall(metrics)]
    if not buckets or not buckets[-1][1]:
        raise NotMeasured("the gateway has counted no decision")
    wanted = 0.99 * buckets[-1][1]
    below_s, below = 0.0, 0.0
    for bound_s, count in buckets:
        if count >= wanted:
            if bound_s == float("inf"):
                raise NotMeasured(f"the p99 of its decisions is above {below_s:g} s")
            return _short(1000 * (below_s + (bound_s - below_s) * (wanted - below) / (count - below)))
        below_s, below = bound_s, count
    raise NotMeasured("the gateway's histogram does not rise")


def wait_for(fact: Callable[[], object], what: str) -> None:
    """Until it is so, else NotMeasured."""
    deadline = time.monotonic() + _PATIENCE_S
    while not fact():
        if time.monotonic() > deadline:
            raise NotMeasured(f"not within {_PATIENCE_S:g} s: {what}")
        time.sleep(0.2)


def _short(value: float) -> float:
    return float(f"{value:.4g}")
