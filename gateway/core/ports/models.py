"""What the flow asks of models. Fulfilled by `backends.inference`; without it the teacher decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, Protocol

import msgspec

from ..errors import Refused
from ..sound_features import SoundFeatures
from ..window.moment import Moment

Fault = Literal["corrupt", "unsigned", "schema", "slow", "drifting", "unsafe"]


class Thought(msgspec.Struct, frozen=True):
    """A model's opinion of one moment."""

    position_pct: float
    confidence: float
    """0 to 1: how probably the owner would want this, within 15 percent points."""
    spread_pp: float
    took_s: float
    distance: float
    """From what it was trained on: 1 is the edge."""
    at_most: float = 1.0
    """What the confidence would be if what is missing of the moment were as it typically is."""

    @property
    def sure(self) -> float:
        """The confidence, no higher than with all of it known: not knowing makes nobody surer."""
        return min(self.confidence, self.at_most)


class Lesson(msgspec.Struct, frozen=True):
    """What an owner wanted at a moment."""

    id: str
    moment: Moment
    wanted_pct: float


class Thinker(Protocol):
    """One version of the window model with a head for each device. On one thread only, but for `fold` and `preview`."""

    name: str
    version: int

    @property
    def label(self) -> str:
        """Such as `window@3`."""

    @property
    def runtime(self) -> str:
        """Such as `onnxruntime 1.28.0 x86_64`."""

    def think(self, device: str, moment: Moment) -> Thought:
        """Same moment, same lessons: the same answer, bit for bit. Raises ModelFailed."""

    def learnt(self, device: str, lessons: Sequence[Lesson]) -> None:
        """The device's active lessons, oldest first, in place of what was learnt before."""

    def fold(self, device: str, lessons: Sequence[Lesson]) -> Callable[[], None]:
        """As `learnt`, but it thinks as before until what comes back is called; in any thread. Raises ModelFailed."""

    def preview(self, device: str, moments: Sequence[Moment]) -> list[float]:
        """Positions, for words about a lesson; in any thread. Raises ModelFailed."""

    def close(self) -> None:
        """Let go of its memory."""


class Ear(Protocol):
    """One version of the audio model."""

    name: str
    version: int

    def features(self, pcm: bytes) -> SoundFeatures:
        """Of signed 16 bit little endian mono samples at 16 kHz. Thread-safe. Raises ModelFailed."""


class RowModel(Protocol):
    """One version of a model that maps a row of numbers to a few numbers. On the event loop only."""

    name: str
    version: int

    @property
    def label(self) -> str:
        """Such as `anomaly@1`."""

    @property
    def runtime(self) -> str:
        """Such as `onnxruntime 1.28.0 x86_64`."""

    def ask(self, row: Sequence[float]) -> tuple[float, ...]:
        """Same row, same answer. Raises ModelFailed."""

    def close(self) -> None:
        """Let go of its memory."""


class Unfit(Refused):
    """A model is not taken, and why; the text begins with `fault`."""

    def __init__(self, fault: Fault, reason: str) -> None:
        super().__init__(f"{fault}: {reason}")
        self.fault: Fault = fault


class Fact(msgspec.Struct, frozen=True):
    """What is known of one version of a model on the shelf."""

    name: str
    version: int
    signer: str
    sha256: str
    """Of its manifest."""
    bytes: int
    p99_ms: float
    """Of one call when it was tried; 0: it was not."""
    made: str
    bundled: bool
    figures: dict[str, float] = {}
    card: str = ""


class ModelLoader(Protocol):
    """The shelf of models."""

    def versions(self, name: str) -> list[Fact]:
        """What there is, oldest first."""

    async def take_in(self, archive: bytes, signers: Mapping[str, bytes]) -> Fact:
        """Unpacked, tried in a process of its own, shelved. Raises Unfit, StoreError; then nothing changed."""

    async def window(self, version: int) -> Thinker:
        """Ready to think; off the loop. Raises Unfit, ModelFailed, NotFound."""

    async def ear(self, version: int | None = None) -> Ear:
        """Ready to hear; None: the newest. Raises Unfit, ModelFailed, NotFound."""

    async def rows(self, name: str, version: int) -> RowModel:
        """A model of rows, ready to be asked; off the loop. Raises Unfit, ModelFailed, NotFound."""

    def drop(self, name: str, version: int) -> None:
        """Take a version off the shelf; not a bundled one."""
