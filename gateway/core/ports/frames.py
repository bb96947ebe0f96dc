"""What whoever dates readings must know of the gateway's own time."""

from __future__ import annotations

from typing import Protocol

from .store import BootAnchored


class OwnTime(Protocol):
    """The gateway's time and how far it is to be trusted."""

    @property
    def frame(self) -> str:
        """What the time is provisional in; empty when it is UTC."""

    @property
    def arrivals(self) -> str:
        """The boot that readings dated by their arrival belong to; empty when the arrival's time is sure for good."""

    @property
    def epoch_ms(self) -> int:
        """The gateway's UTC when its steady clock was 0."""

    def linked(self, home: str, known_ms: int, estimate_ms: int) -> None:
        """A node's boot from an earlier run goes on.

        It began at `known_ms` by the time of the frame `home` (empty: UTC), at `estimate_ms` by the gateway's time now.
        """


class Boots(Protocol):
    """Whoever remembers when boots began."""

    def date_frame(self, frame: str, shift_ms: int, into: str) -> tuple[int, int]:
        """The boots of `frame` move and are in `into` now; how many, and of how many devices."""

    def move_run(self, shift_ms: int) -> list[BootAnchored]:
        """What arrivals of this run dated as UTC moves, because the clock was wrong; what to tell the store."""

    def clock_set(self, since_ms: int, before_ms: int, shift_ms: int) -> None:
        """What was dated by the gateway's clock since `since_ms` is that much later."""
