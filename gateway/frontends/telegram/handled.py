"""Which updates have been handled, durably, so that one that Telegram gives again does nothing again."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from ...core.ports.alerts import MarkKept
from ...core.ports.store import Writer
from ...flow.promise import Promise

_REMEMBERED = 500


class Handled:
    """Of one bot: the ids of the last 500 updates. A set, as Telegram starts anywhere after a week of silence."""

    def __init__(self, bot: str, writer: Writer, clock: Callable[[], int], marks: Mapping[str, bytes]) -> None:
        self._name = f"telegram.updates/{bot}"
        self._writer = writer
        self._clock = clock
        kept = marks.get(self._name)
        self._known = dict.fromkeys(msgspec.msgpack.decode(kept, type=list[int]) if kept else ())

    def knows(self, update: int) -> bool:
        """Whether it was handled."""
        return update in self._known

    def note(self, update: int) -> None:
        """It was seen and nothing came of it: nothing would the next time. Strangers must not wear the disk out."""
        self._known[update] = None
        while len(self._known) > _REMEMBERED:
            del self._known[next(iter(self._known))]

    async def keep(self, update: int) -> None:
        """It was handled: on the disk when this returns. Raises StoreError; it is known all the same."""
        self.note(update)
        promise = Promise(lambda error: None)
        value = msgspec.msgpack.encode(list(self._known))
        self._writer.submit([MarkKept(self._name, value, self._clock())], promise)
        await promise.kept()
