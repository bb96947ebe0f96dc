"""Where recordings lie. Every call blocks for as long as the disk takes: not from the event loop."""

from __future__ import annotations

from typing import Protocol

import msgspec


class Recording(msgspec.Struct, frozen=True):
    """One buffer of a device's sound that somebody asked to keep, as a WAV file."""

    id: str
    """The device, when it was and, of a simulated one, that it is: `living-room.1767787200000.sim`."""
    device: str
    time_ms: int
    seconds: float
    bytes: int
    simulated: bool = False


class RecordingShelf(Protocol):
    """The recordings there are; bounded, the oldest go first. All raise StoreError when the disk fails."""

    def keep(self, device: str, time_ms: int, simulated: bool, wav: bytes) -> None:
        """One more."""

    def all(self) -> list[Recording]:
        """Newest first."""

    def read(self, recording_id: str) -> bytes:
        """The WAV file. Raises NotFound."""

    def remove(self, recording_id: str) -> None:
        """Throw it away. Raises NotFound."""

    def erase(self, device: str) -> None:
        """Throw away all of a device's."""
