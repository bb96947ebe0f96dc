"""Nodes' sound, kept as files: only while somebody asked for it."""

from __future__ import annotations

from typing import Annotated

import msgspec
from aiohttp import web

from ...core.ports.recordings import Recording
from .names import PATH
from .parts import AutomationParts, Parts
from .problems import Problem
from .routes import Caller, Route, Who
from .times import to_text
from .typed import Asked, NoBody, NoQuery, Operation, op, raw


class RecordingBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of POST /api/devices/{id}/recording: for how long its sound is kept."""

    minutes: Annotated[int, msgspec.Meta(ge=1, le=60)]


class RunningShown(msgspec.Struct, frozen=True):
    """A device's sound is being kept, until then or until the gateway stops."""

    device: str
    until: str
    until_ms: int
    simulated: bool


class RecordingShown(msgspec.Struct, frozen=True):
    """One file of sound, as WAV at /api/recordings/{id}."""

    id: str
    device: str
    time: str
    time_ms: int
    seconds: float
    bytes: int
    simulated: bool


class RecordingList(msgspec.Struct, frozen=True):
    """Answer to GET /api/recordings, newest first."""

    recordings: list[RecordingShown]
    running: list[RunningShown]


_WAV = Operation(summary="The sound of a recording", answers={200: bytes}, media="audio/wav")


class Recordings:
    """The recordings resource."""

    def __init__(self, parts: Parts, automation: AutomationParts) -> None:
        self._recordings = automation.recordings
        self._registry = parts.registry

    def routes(self) -> list[Route]:
        """What is served."""
        own, path = "/devices/{id}/recording", "/recordings/{recording}"
        return [
            op("POST", own, Who.OPERATE, self._start, "Keep a device's sound for some minutes"),
            op("DELETE", own, Who.OPERATE, self._stop, "Keep it no longer"),
            op("GET", "/recordings", Who.OPERATE, self._list, "What was recorded, newest first"),
            raw("GET", path, Who.OPERATE, self._read, _WAV),
            op("DELETE", path, Who.OPERATE, self._remove, "Throw a recording away"),
        ]

    async def _start(self, asked: Asked[NoQuery, RecordingBody]) -> RunningShown:
        """Asked again, the new time counts. It ends when the gateway does."""
        device = self._registry.device(asked.path["id"]).id
        until_ms = self._recordings.start(device, asked.body.minutes, asked.caller.name)
        return self._running(device, until_ms)

    async def _stop(self, asked: Asked[NoQuery, NoBody]) -> None:
        self._recordings.stop(self._registry.device(asked.path["id"]).id, asked.caller.name)

    async def _list(self, asked: Asked[NoQuery, NoBody]) -> RecordingList:
        found = await self._recordings.all()
        until = {device.id: self._recordings.until_ms(device.id) for device in self._registry.devices()}
        running = [self._running(device, until_ms) for device, until_ms in until.items() if until_ms is not None]
        return RecordingList([_shown(recording) for recording in found], running)

    async def _read(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        name = request.match_info["recording"]
        try:
            msgspec.convert(name, PATH["recording"])
        except msgspec.ValidationError as error:
            raise Problem(404, f"recording: there cannot be a {name[:40]!r}.", key="recording") from error
        sound = await self._recordings.read(name)
        # Named, as a browser would keep it; and never shown as anything else than sound.
        headers = {"Content-Disposition": f'attachment; filename="{name}.wav"'}
        return web.Response(body=sound, content_type="audio/wav", headers=headers)

    async def _remove(self, asked: Asked[NoQuery, NoBody]) -> None:
        await self._recordings.remove(asked.path["recording"], asked.caller.name)

    def _running(self, device: str, until_ms: int) -> RunningShown:
        return RunningShown(device, to_text(until_ms), until_ms, self._registry.simulated(device))


def _shown(recording: Recording) -> RecordingShown:
    return RecordingShown(
        recording.id,
        recording.device,
        to_text(recording.time_ms),
        recording.time_ms,
        recording.seconds,
        recording.bytes,
        recording.simulated,
    )
