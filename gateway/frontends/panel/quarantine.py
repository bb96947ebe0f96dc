"""Messages that were allowed but unreadable: look, try again, throw away."""

from __future__ import annotations

import base64

import msgspec

from ...core.errors import NotFound
from ...core.messages import Message
from ...core.ports.store import QuarantineCleared, QuarantineEntry
from .parts import Parts
from .problems import Problem
from .receipts import commit
from .routes import Route, Who
from .telemetry import refusal
from .times import to_text
from .typed import Asked, NoBody, NoQuery, op

_SHOWN = 200
_PREVIEW = 2000


class QuarantineShown(msgspec.Struct, frozen=True):
    """One message; `payload` as text when it is text, else `payload_base64`. Long ones are cut."""

    id: int
    device: str
    topic: str
    reason: str
    time: str
    time_ms: int
    size: int
    payload: str | None
    payload_base64: str | None
    correlation: str


class QuarantineList(msgspec.Struct, frozen=True):
    """Answer to GET /api/quarantine, newest first."""

    quarantine: list[QuarantineShown]


class Quarantine:
    """The quarantine resource."""

    def __init__(self, parts: Parts) -> None:
        self._history = parts.history
        self._intake = parts.intake
        self._writer = parts.writer

    def routes(self) -> list[Route]:
        """What is served."""
        return [
            op("GET", "/quarantine", Who.READ, self._list, "Messages that were unreadable, newest first"),
            op("POST", "/quarantine/{entry}/replay", Who.OPERATE, self._replay, "Read it again", errors=(409,)),
            op("DELETE", "/quarantine/{entry}", Who.OPERATE, self._delete, "Throw it away"),
        ]

    async def _list(self, asked: Asked[NoQuery, NoBody]) -> QuarantineList:
        entries = await self._history.quarantine(_SHOWN)
        return QuarantineList([_shown(entry) for entry in entries])

    async def _replay(self, asked: Asked[NoQuery, NoBody]) -> None:
        entry = await self._entry(asked.path["entry"])
        kept = entry.message
        taken = self._intake.take(Message(kept.device, kept.topic, kept.payload, 1, False, arrived_ms=kept.time_ms))
        reason = refusal(taken)
        if reason is not None:
            raise Problem(409, f"It is still not readable: {reason}")
        await commit(self._writer, [*taken.changes, QuarantineCleared(entry.id)])
        self._intake.committed(taken)

    async def _delete(self, asked: Asked[NoQuery, NoBody]) -> None:
        entry = await self._entry(asked.path["entry"])
        await commit(self._writer, [QuarantineCleared(entry.id)])

    async def _entry(self, wanted: str) -> QuarantineEntry:
        entry = await self._history.quarantined(int(wanted))
        if entry is None:
            raise NotFound(f"There is no quarantined message {wanted}.")
        return entry


def _shown(entry: QuarantineEntry) -> QuarantineShown:
    kept = entry.message
    cut = kept.payload[:_PREVIEW]
    try:
        text, binary = cut.decode(), None
    except UnicodeDecodeError:
        text, binary = None, base64.b64encode(cut).decode()
    return QuarantineShown(
        entry.id,
        kept.device,
        kept.topic,
        kept.reason,
        to_text(kept.time_ms),
        kept.time_ms,
        len(kept.payload),
        text,
        binary,
        kept.correlation,
    )
