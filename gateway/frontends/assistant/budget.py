"""How often a model may be asked a day; the count outlives a restart."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo

from ...core.local_time import LocalTime
from ...core.ports.alerts import AlertArchive, MarkKept
from ...core.ports.store import Writer

_PREFIX = "assistant.used/"


class Budget:
    """Counts by the day of the site. A question counts before it is asked: a crash makes none free."""

    def __init__(
        self, per_day: int, writer: Writer, archive: AlertArchive, now_ms: Callable[[], int], zone: Callable[[], tzinfo]
    ) -> None:
        self.per_day = per_day
        self._writer = writer
        self._archive = archive
        self._now_ms = now_ms
        self._zone = zone
        self._used: dict[str, int] = {}

    async def load(self) -> None:
        """What was used up before this start. Raises StoreError."""
        for name, value in (await self._archive.marks()).items():
            if name.startswith(_PREFIX) and value.isdigit():
                self._used[name] = int(value)

    @property
    def used(self) -> int:
        """Today."""
        return self._used.get(self._today(), 0)

    def take(self) -> bool:
        """One more; False: there is none left today."""
        today, now = self._today(), self._now_ms()
        if self.used >= self.per_day:
            return False
        self._used[today] = self.used + 1
        old = [name for name in self._used if name < today]
        kept = [MarkKept(name=today, value=str(self._used[today]).encode(), time_ms=now)]
        self._writer.submit([*kept, *(MarkKept(name=name, value=b"", time_ms=now) for name in old)])
        for name in old:
            del self._used[name]
        return True

    def _today(self) -> str:
        return _PREFIX + LocalTime(self._zone()).date_of(self._now_ms()).isoformat()
