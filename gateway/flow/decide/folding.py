"""Brings what a model knows of each owner up to the lessons that count, beside the event loop.

Until that is done the model thinks as before, and is said to know the lessons that it knows: so a decision that comes
meanwhile waits for nobody, and can be run again from what is stored of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from ...core.decisions import Override
from ...core.errors import GatewayError
from ...core.ports.models import Lesson
from ...core.window import lesson_words
from ...core.window.moment import Moment
from .lessons import Lessons

UNTOLD = "it is learnt; what it changes cannot be told, because no model answers"
_log = logging.getLogger(__name__)


class Pupil(Protocol):
    """Who learns; Mind fulfils it. What takes its time takes it beside the event loop."""

    async def folded(self, device: str, lessons: Sequence[Lesson]) -> Callable[[], None]:
        """Learn the device's active lessons, oldest first, in place of those before.

        What is thought changes when what comes back is called, at once and as a whole.
        """

    async def previewed(self, device: str, moments: Sequence[Moment]) -> list[float]:
        """Positions in percent, one a moment."""


@contextmanager
def _alone(device: str) -> Iterator[None]:
    """One that cannot be taught keeps no other from learning."""
    try:
        yield
    except Exception:  # noqa: BLE001 - per-window isolation, as in deciding
        _log.exception("what %s was taught could not be learnt", device)


class Folding:
    """One window after the other, always with all that counts then: what comes meanwhile is learnt in the next turn.

    `told` is handed every lesson that was learnt, and in words what it has changed.
    """

    def __init__(self, book: Lessons, pupil: Pupil, told: Callable[[Override, str], None]) -> None:
        self._book = book
        self._pupil = pupil
        self._told = told
        self._known: dict[str, str] = {}
        """What the lessons that the model knows are called together, by device."""
        self._behind: dict[str, list[Callable[[], None]]] = {}
        """Devices whose lessons have changed, and what is to happen when the model knows."""
        self._fresh: dict[str, dict[str, None]] = {}
        """Lessons of which nothing was told yet."""
        self._working: asyncio.Task[None] | None = None

    def digest(self, device: str) -> str:
        """What the lessons are called that the model knows now; empty for none."""
        return self._known.get(device, "")

    def behind(self, device: str, then: Callable[[], None] | None = None, fresh: Override | None = None) -> None:
        """Its lessons have changed; `fresh` is a new one. `then` is called as soon as the model knows."""
        waiting = self._behind.setdefault(device, [])
        if then is not None:
            waiting.append(then)
        if fresh is not None:
            self._fresh.setdefault(device, {})[fresh.id] = None
        if self._working is None or self._working.done():
            self._working = asyncio.get_running_loop().create_task(self._work())

    async def caught_up(self) -> None:
        """Returns when the model knows all that counts. Giving up waiting ends nothing."""
        while self._working is not None and not self._working.done():
            await asyncio.shield(self._working)

    async def close(self) -> None:
        """Nothing is learnt any more; what is on the disk is learnt at the next start."""
        if self._working is not None:
            self._working.cancel()
            await asyncio.gather(self._working, return_exceptions=True)

    async def _work(self) -> None:
        while self._behind:
            device = next(iter(self._behind))
            waiting = self._behind.pop(device)
            with _alone(device):
                await self._bring_up(device)
            with _alone(device):
                for then in waiting:
                    then()

    async def _bring_up(self, device: str) -> None:
        fresh = self._fresh.pop(device, {})
        new = [one for one in self._book.active(device) if one.id in fresh]
        asked = [probe for one in new if one.moment is not None for probe in lesson_words.probes(one.moment)]
        before = await self._previewed(device, asked)
        lessons, digest = self._book.folded(device), self._book.digest(device)
        use = await self._pupil.folded(device, lessons)
        # In one turn of the loop: a decision names exactly the lessons that it rests on.
        use()
        if digest:
            self._known[device] = digest
        else:
            self._known.pop(device, None)
        after = await self._previewed(device, asked)
        for number, one in enumerate(new):
            own = slice(number * lesson_words.HOURS, (number + 1) * lesson_words.HOURS)
            hour = 0.0 if one.moment is None else one.moment.hour
            self._told(
                one, UNTOLD if before is None or after is None else lesson_words.learnt(before[own], after[own], hour)
            )

    async def _previewed(self, device: str, moments: Sequence[Moment]) -> list[float] | None:
        if not moments:
            return []
        try:
            return await self._pupil.previewed(device, moments)
        except GatewayError as error:
            _log.warning("what %s has learnt cannot be previewed: %s", device, error)
            return None
