"""What was learnt, on its way to the one small file and back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from ...core.ports.insight import AnomalyMemory, KeptAnomalies, KeptMachine
from .book import Book
from .places import Places

_log = logging.getLogger(__name__)

LEAST_S = 6 * 3600.0
"""What came after is read from the history, so this costs no more than a longer start."""
RETRY_S = 600.0
MOST_A_DAY = 8_000_000
"""Bytes: the file is replaced as a whole, and the card wears."""


class Keeping:
    """Writes when it is due and at the end; what cannot be written is learnt again."""

    def __init__(self, memory: AnomalyMemory, book: Book, places: Places, clock: Callable[[], int]) -> None:
        self.bytes = 0
        """Size of the file when it was last written."""
        self.failure = ""
        """Why it could not be written, empty: it could."""
        self._memory = memory
        self._book = book
        self._places = places
        self._clock = clock

    @property
    def every_s(self) -> float:
        """How often it is written; soon again when it could not be."""
        if self.failure:
            return RETRY_S
        return max(LEAST_S, self.bytes / MOST_A_DAY * 86_400.0)

    def load(self) -> Mapping[str, KeptMachine]:
        """Go on from what was kept; of machines what was kept of them."""
        kept = self._memory.load()
        for device, learnt in kept.devices.items():
            if learnt.hardware and learnt.hardware != self._places.hardware(device):
                continue
            try:
                self._book.restore(device, learnt)
            except ValueError as error:
                _log.warning("what %s usually does is learnt anew: %s", device, error)
        return kept.machines

    async def save(self, machines: Mapping[str, KeptMachine]) -> None:
        """Replace what was kept."""
        devices = {}
        for device, learnt in self._book.kept():
            devices[device] = learnt
            await asyncio.sleep(0)
        kept = KeptAnomalies(self._clock(), devices, dict(machines))
        try:
            self.bytes = await asyncio.to_thread(self._memory.save, kept)
        except OSError as error:
            self.failure = f"what was learnt could not be kept: {error}"
            _log.warning("%s", self.failure)
        else:
            self.failure = ""
