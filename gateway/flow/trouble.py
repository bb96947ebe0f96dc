"""What makes a device's status `error`, with the reason in words, and how each of it ends. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Literal

import msgspec

from ..core.messages import Vitals
from .presence import Said
from .words import duration, line

FAULTS = 5
FAULT_WINDOW_MS = 600_000

_MESSAGES, _SELF_TEST, _FIRMWARE = "messages", "self_test", "firmware"
_PASSED = frozenset({"ok", "passed"})
_DETAIL_CHARS = 120


class FirmwareState(msgspec.Struct, frozen=True):
    """`devices/{id}/ota/state`."""

    state: Literal["downloading", "verifying", "trial", "confirmed", "rolled_back", "failed"]
    version: str | None = None
    detail: str | None = None


class Trouble:
    """What is wrong with one device; every change is an event to be told."""

    __slots__ = ("_reasons", "faults")

    def __init__(self) -> None:
        self.faults: deque[int] = deque(maxlen=FAULTS)
        """When unreadable messages came that are remembered."""
        self._reasons: dict[str, str] = {}

    @property
    def reason(self) -> str:
        """All that is wrong, in words; empty when nothing is."""
        return "; ".join(self._reasons.values())

    def restore(self, kind: str, reason: str) -> None:
        """An event of an earlier run, oldest first. Unreadable messages are not remembered across a restart."""
        _, happened, what = [*kind.split("."), "", ""][:3]
        if happened == "error" and what in (_SELF_TEST, _FIRMWARE):
            self._reasons[what] = reason
        elif happened == "recovered":
            self._reasons.pop(what, None)

    def quarantined(self, now_ms: int, why: str) -> list[Said]:
        """One of its messages was unreadable."""
        self.faults.append(now_ms)
        if len(self.faults) < FAULTS or now_ms - self.faults[0] > FAULT_WINDOW_MS:
            return []
        span = duration(max(1000, now_ms - self.faults[0]))
        return self._raise(_MESSAGES, f"{FAULTS} unreadable messages within {span}; the last: {why}")

    def read(self) -> list[Said]:
        """A reading of it was stored."""
        self.faults.clear()
        return self._end(_MESSAGES, "a reading arrived")

    def beat(self, vitals: Vitals) -> list[Said]:
        """A heartbeat may carry the result of the node's self-test; one that does not says nothing about it."""
        if vitals.self_test is None:
            return []
        if vitals.self_test.lower() in _PASSED:
            return self._end(_SELF_TEST, "the self-test passed")
        return self._raise(_SELF_TEST, f"self-test failed: {vitals.self_test[:_DETAIL_CHARS]}")

    def firmware(self, said: FirmwareState) -> list[Said]:
        """Where an update is. One that was rolled back is an error until the next one is confirmed."""
        version = (said.version or "of unknown version")[:_DETAIL_CHARS]
        detail = f": {said.detail[:_DETAIL_CHARS]}" if said.detail else ""
        if said.state == "rolled_back":
            return self._raise(_FIRMWARE, f"firmware {version} was rolled back{detail}")
        if said.state == "confirmed":
            return self._end(_FIRMWARE, f"firmware {version} is confirmed")
        if said.state == "failed":
            return [Said("device.firmware", f"the update to {version} failed{detail}")]
        return []

    def replaced(self) -> list[Said]:
        """Other hardware has its place: what was wrong with the old one is over."""
        self.faults.clear()
        return [said for what in list(self._reasons) for said in self._end(what, "its hardware was replaced")]

    def sweep(self, now_ms: int) -> list[Said]:
        """What time alone ends."""
        if self.faults and now_ms - self.faults[-1] > FAULT_WINDOW_MS:
            self.faults.clear()
        if _MESSAGES in self._reasons and (not self.faults or now_ms - self.faults[0] > FAULT_WINDOW_MS):
            return self._end(_MESSAGES, "no such messages any more")
        return []

    def shift(self, moved: Callable[[int], int]) -> None:
        """The gateway's clock was set."""
        self.faults = deque(map(moved, self.faults), FAULTS)

    def _raise(self, what: str, reason: str) -> list[Said]:
        reason = line(reason)
        known, self._reasons[what] = self._reasons.get(what), reason
        # Unreadable messages go on: that it is so was told.
        told = known is not None and (what == _MESSAGES or known == reason)
        return [] if told else [Said(f"device.error.{what}", reason)]

    def _end(self, what: str, how: str) -> list[Said]:
        ended = self._reasons.pop(what, None)
        return [] if ended is None else [Said(f"device.recovered.{what}", how)]
