"""Which nodes have a clock that is plainly wrong."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from ..core.messages import Sample
from .words import duration

EARLIEST_MS = 978_307_200_000
"""2001-01-01: clocks that were never set say 1970 or 2000. Recorded data may be of any year since."""
AHEAD_MS = 300_000
"""Nothing is measured in the future; so much is forgiven."""


class NodeClocks:
    """Judges timestamps; `note` (kind, reason, device) is told when a device's clock goes wrong and is right again."""

    def __init__(self, note: Callable[[str, str, str], object]) -> None:
        self._note = note
        self._wrong: set[str] = set()

    def judged(self, device: str, sample: Sample, now_ms: int, known: bool) -> Sample:
        """The sample; without its timestamp when that is plainly wrong. `known`: the gateway itself knows the time."""
        time_ms = sample.timestamp_ms
        assert time_ms is not None
        if time_ms < EARLIEST_MS:
            self._say(device, "its clock was never set; its readings are dated by the gateway")
        elif known and time_ms > now_ms + AHEAD_MS:
            self._say(device, f"its clock is {duration(time_ms - now_ms)} ahead; its readings are dated by the gateway")
        else:
            if device in self._wrong and known:
                self._wrong.discard(device)
                self._note("device.clock", "its clock is right again", device)
            return sample
        return replace(sample, timestamp_ms=None)

    def forget(self, device: str) -> None:
        """The device is gone."""
        self._wrong.discard(device)

    def _say(self, device: str, reason: str) -> None:
        if device not in self._wrong:
            self._wrong.add(device)
            self._note("device.clock", reason, device)
