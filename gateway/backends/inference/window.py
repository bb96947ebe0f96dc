"""The window model at work: a frozen int8 graph, and for each device a head that its owner's lessons have shaped."""

from __future__ import annotations

import copy
import io
import math
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...core.errors import ModelFailed, Refused
from ...core.ports.models import Lesson, Thought, Unfit
from ...core.window.features import features
from ...core.window.head import Array, Head, Opinion, Prior, basis, confidence, distance, read_prior
from ...core.window.moment import Moment
from ...core.window.typical import typical
from . import manifest
from .runtime import Session, runtime_label, session

GRAPH = "model.onnx"
HEAD = "head.npz"
MOST_BYTES = 16 << 20
_CLIP = 4.0


class _Scene(NamedTuple):
    """A moment as the heads are asked about it; the same for every owner."""

    moment: Moment
    basis: Array
    distance: float
    typical_distance: float
    """The farthest it may be with what is missing as it typically is."""


class _Taught(NamedTuple):
    """What a device's head was folded from."""

    lessons: tuple[Lesson, ...]
    head: Head
    """Never changed: whoever learns more learns in a copy. A head replaces its arrays and changes none."""
    before: _Taught | None = None
    """The same without the last lesson: that is the one that is taken back or corrected."""


class _Untaught(Head):
    """What is thought before anything is taught: asked by whoever thinks, and beside that by whoever learns.

    A head remembers what it was asked last, which two threads must not do at once.
    """

    def __init__(self, prior: Prior) -> None:
        super().__init__(prior)
        self._asked = threading.Lock()

    def opinion(self, at: Array) -> Opinion:
        """As Head; it is over in a fraction of a millisecond."""
        with self._asked:
            return super().opinion(at)


class WindowModel:
    """Fulfils core/ports/models.Thinker."""

    def __init__(self, opened: Session, prior: Prior, name: str, version: int) -> None:
        self.session = opened
        self.prior = prior
        self.name = name
        self.version = version
        self._untaught = _Untaught(prior)
        self._taught: dict[str, _Taught] = {}
        self._newest: _Scene | None = None

    @classmethod
    def open(cls, folder: Path) -> WindowModel:
        """The model in a folder, as it is: who signed it is not asked. Raises Unfit(corrupt), ModelFailed."""
        known = manifest.read(folder)
        return cls.of(manifest.files_of(folder, known, MOST_BYTES), known)

    @classmethod
    def of(cls, files: dict[str, bytes], known: manifest.Manifest) -> WindowModel:
        """The model in these files, by name. Raises Unfit(corrupt), ModelFailed."""
        missing = [name for name in (GRAPH, HEAD) if name not in files]
        if missing:
            raise Unfit("corrupt", f"{missing[0]} is missing")
        return cls(session(files[GRAPH]), load_prior(files[HEAD]), known.name, known.version)

    @property
    def label(self) -> str:
        """Such as `window@3`."""
        return f"{self.name}@{self.version}"

    @property
    def runtime(self) -> str:
        """Such as `onnxruntime 1.28.0 x86_64`."""
        return runtime_label()

    def think(self, device: str, moment: Moment) -> Thought:
        """Same moment, same lessons: the same answer, bit for bit. Raises ModelFailed."""
        started = time.perf_counter()
        taught = self._taught.get(device)
        head = self._untaught if taught is None else taught.head
        try:
            scene = self._scene(moment)
            opinion = head.opinion(scene.basis)
            sure = at_most = confidence(opinion.spread_pp, head.lessons, scene.distance, self.prior)
            if scene.typical_distance > scene.distance:
                at_most = confidence(opinion.spread_pp, head.lessons, scene.typical_distance, self.prior)
        except (Refused, ArithmeticError, ValueError) as error:
            raise ModelFailed(f"{self.label} cannot think about this: {error}") from error
        took_s = time.perf_counter() - started
        if not all(map(math.isfinite, (opinion.position_pct, opinion.spread_pp, sure, at_most))):
            raise ModelFailed(f"{self.label} gave no number")
        return Thought(
            float(opinion.position_pct), float(sure), float(opinion.spread_pp), took_s, scene.distance, float(at_most)
        )

    def learnt(self, device: str, lessons: Sequence[Lesson]) -> None:
        """The device's active lessons, oldest first, in place of what was learnt before. Raises ModelFailed; then it
        knows none.
        """
        try:
            self.fold(device, lessons)()
        except ModelFailed:
            self._taught.pop(device, None)
            raise

    def fold(self, device: str, lessons: Sequence[Lesson]) -> Callable[[], None]:
        """As `learnt`, but it thinks as before until what comes back is called; in any thread. Raises ModelFailed.

        It goes on from what is known where the lessons begin with the same, also without the last; else it begins anew.
        """
        wanted = tuple(lessons)
        known = self._taught.get(device)
        while known is not None and known.lessons != wanted[: len(known.lessons)]:
            known = known.before
        try:
            taught = self._further(known or _Taught((), Head(self.prior, self._untaught)), wanted)
        except (ModelFailed, Refused, ArithmeticError, ValueError) as error:
            raise ModelFailed(f"{self.label} cannot learn this: {error}") from error

        def use() -> None:
            if wanted:
                self._taught[device] = taught
            else:
                self._taught.pop(device, None)

        return use

    def preview(self, device: str, moments: Sequence[Moment]) -> list[float]:
        """Positions in percent, all moments at once: the last bits may differ from `think`; in any thread.

        Raises ModelFailed.
        """
        if not moments:
            return []
        taught = self._taught.get(device)
        head = self._untaught if taught is None else taught.head
        try:
            phis = self._phis([features(moment, clip=False) for moment in moments])
            rows = np.stack([basis(phi, moment) for phi, moment in zip(phis, moments, strict=True)])
            positions, _ = head.opinions(rows)
        except (Refused, ArithmeticError, ValueError) as error:
            raise ModelFailed(f"{self.label} cannot think about this: {error}") from error
        return [float(position) for position in positions]

    def close(self) -> None:
        """Let go of what was learnt; the graph goes with the last reference."""
        self._taught.clear()

    def _scene(self, moment: Moment) -> _Scene:
        """Asked once taught and once untaught, the newest moment is looked at once. Raises Refused, ModelFailed."""
        if self._newest is None or self._newest.moment is not moment:
            raw = features(moment, clip=False)
            away = distance(raw, self.prior)
            typically = [distance(features(one, clip=False), self.prior) for one in typical(moment)]
            self._newest = _Scene(moment, basis(self.phi(raw), moment), away, max([away, *typically]))
        return self._newest

    def _further(self, known: _Taught, wanted: tuple[Lesson, ...]) -> _Taught:
        """`known` is left as it is: it is asked meanwhile."""
        coming = wanted[len(known.lessons) :]
        if not coming:
            return known
        head, before = copy.copy(known.head), known
        for number, lesson in enumerate(coming, len(known.lessons)):
            if len(coming) > 1 and number == len(wanted) - 1:
                before = _Taught(wanted[:-1], copy.copy(head))
            # Not by way of `_scene`, which belongs to whoever thinks.
            head.learn(basis(self.phi(features(lesson.moment, clip=False)), lesson.moment), lesson.wanted_pct)
        return _Taught(wanted, head, before._replace(before=None))

    def phi(self, raw: Sequence[float]) -> Array:
        """The graph's output for unclipped features, float64 [d]; always one moment a call. Raises ModelFailed."""
        found: Array = self._phis([raw])[0]
        return found

    def _phis(self, raw: Sequence[Sequence[float]]) -> Array:
        """The graph's outputs for n moments, float64 [n, d]. Raises ModelFailed."""
        rows = np.clip(np.asarray(raw, dtype=np.float64), -_CLIP, _CLIP).astype(np.float32)
        found: Array = self.session.run({"x": rows})["phi"].astype(np.float64)
        return found


def load_prior(content: bytes) -> Prior:
    """What owners are like before they taught anything, from `head.npz`. Raises Unfit(corrupt)."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return read_prior(dict(arrays))
    except (ValueError, OSError, KeyError, EOFError) as error:
        raise Unfit("corrupt", f"{HEAD} cannot be read: {error}") from error
