"""Telemetry over HTTP: the same message, the same checks and the same promise as over MQTT."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from ...core import topics
from ...core.messages import Message
from ...core.ports.intake import Taken
from ...core.ports.store import Quarantined
from .bodies import TELEMETRY, done, read_body
from .parts import Parts
from .problems import Problem
from .receipts import commit
from .routes import Caller, Route, Who
from .typed import Operation, raw

_OPERATION = Operation(
    summary="One reading set, or a batch",
    description=(
        "The HTTP form of what a node publishes: an object of metrics with `timestamp`, or with `boot`, `seq` and "
        "`uptime_ms`, or a batch of these in `readings`. 204: it is on the gateway's disk. 409: it is an object, but "
        "not readable as telemetry, and was set aside in the quarantine."
    ),
    body=dict[str, Any],
    answers={204: None},
)


def refusal(taken: Taken) -> str | None:
    """Why the message was quarantined; None when it was understood."""
    return next((change.reason for change in taken.changes if isinstance(change, Quarantined)), None)


class Telemetry:
    """POST /api/devices/{id}/telemetry."""

    def __init__(self, parts: Parts) -> None:
        self._intake = parts.intake
        self._writer = parts.writer

    def routes(self) -> list[Route]:
        """What is served."""
        return [raw("POST", "/devices/{id}/telemetry", Who.DEVICE, self._take, _OPERATION)]

    async def _take(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        if self._writer.congested:
            raise Problem(503, "More is waiting for the disk than should be. Try again.", headers={"Retry-After": "1"})
        payload = await read_body(request, TELEMETRY)
        device = request.match_info["id"]
        taken = self._intake.take(Message(device, topics.telemetry(device), payload, 1, False))
        if taken.changes:
            await commit(self._writer, taken.changes)
        self._intake.committed(taken)
        reason = refusal(taken)
        if reason is not None:
            status = 409 if _is_object(payload) else 422
            raise Problem(status, f"Not readable, set aside in the quarantine: {reason}")
        return done()


def _is_object(payload: bytes) -> bool:
    try:
        msgspec.json.decode(payload, type=dict[str, Any])
    except msgspec.DecodeError:
        return False
    return True
