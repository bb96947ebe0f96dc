"""What is left of devices that are gone: messages the broker still keeps for them, and series in the store.

Found at the start and once a day, told once, and cleared only by a person.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping

import msgspec

from ..core.errors import NotFound, StoreError
from ..core.messages import Reading
from ..core.ports.store import Change, DeviceErased, Retained
from ..core.topics import DEVICE_ID
from .chronicle import Chronicle

RETAINED, SERIES = "ghost.retained", "ghost.series"
FIRST_S = 90.0
EVERY_S = 86_400.0
_ASKS = ("ml", "inference", "request")
_ROOTS = frozenset({"devices", "sensor", "window"})
_log = logging.getLogger(__name__)


class Ghost(msgspec.Struct, frozen=True):
    """What is left of one device that the registry does not know."""

    device: str
    topics: tuple[str, ...] = ()
    """Retained messages under its id."""
    series: bool = False
    """Whether the store has readings of it."""


class Ghosts:
    """Looks for them. `retained` are the broker's topics, `forget` clears one of them and returns what to store.

    `former`: whether the series under an id that is gone belong to another device, whose hardware had that id.
    """

    def __init__(
        self,
        known: Callable[[str], bool],
        retained: Callable[[], Iterable[str]],
        forget: Callable[[str], Retained | None],
        latest: Callable[[], Awaitable[Mapping[str, Reading]]],
        chronicle: Chronicle,
        former: Callable[[str], bool] = lambda device: False,
    ) -> None:
        self._known = known
        self._retained = retained
        self._forget = forget
        self._latest = latest
        self._chronicle = chronicle
        self._former = former
        self._found: dict[str, Ghost] = {}

    @property
    def found(self) -> list[Ghost]:
        """As of the last look, by device."""
        seen = (self._seen(device) for device in sorted(self._found))
        return [ghost for ghost in seen if ghost is not None]

    async def look(self) -> None:
        """Find them and tell of those that are new. Raises StoreError."""
        stored = {device for device in await self._latest() if not (self._known(device) or self._former(device))}
        kept: dict[str, list[str]] = {}
        for topic in self._retained():
            device = _owner(topic)
            if device and not self._known(device):
                kept.setdefault(device, []).append(topic)
        before, self._found = self._found, {}
        for device in stored | set(kept):
            ghost = Ghost(device, tuple(sorted(kept.get(device, ()))), device in stored)
            self._found[device] = ghost
            self._tell(ghost, before.get(device, Ghost(device)))

    def clear(self, device: str) -> list[Change]:
        """What makes the store forget this ghost; the broker has by now. Raises NotFound."""
        ghost = self._seen(device)
        if ghost is None:
            raise NotFound(f"There is nothing left of a device {device[:40]} that is gone.")
        del self._found[device]
        changes: list[Change] = [change for topic in ghost.topics if (change := self._forget(topic)) is not None]
        return [*changes, DeviceErased(device)] if ghost.series else changes

    async def run(self) -> None:
        """Look soon after the start and every day, until cancelled."""
        await asyncio.sleep(FIRST_S)
        while True:
            try:
                await self.look()
            except StoreError as error:
                _log.warning("could not look for what is left of devices that are gone: %s", error)
            await asyncio.sleep(EVERY_S)

    def _seen(self, device: str) -> Ghost | None:
        """What was found of it, and is left of nobody who is there by now."""
        ghost = self._found.get(device)
        if ghost is None or self._known(device):
            return None
        if not (ghost.series and self._former(device)):
            return ghost
        return Ghost(device, ghost.topics) if ghost.topics else None

    def _tell(self, ghost: Ghost, before: Ghost) -> None:
        if ghost.topics and not before.topics:
            shown = ", ".join(ghost.topics[:3])
            reason = f"the broker still keeps {len(ghost.topics)} messages of a device that is gone: {shown}"
            self._chronicle.note(RETAINED, reason, ghost.device)
        if ghost.series and not before.series:
            self._chronicle.note(SERIES, "the store still has readings of a device that is gone", ghost.device)


def _owner(topic: str) -> str:
    """The device a topic is about; empty when it is not about one."""
    levels = topic.split("/")
    device = ""
    if len(levels) > 2 and levels[0] in _ROOTS:
        device = levels[1]
    elif len(levels) == 4 and tuple(levels[:3]) == _ASKS:
        device = levels[3]
    return device if DEVICE_ID.fullmatch(device) else ""
