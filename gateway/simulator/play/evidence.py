"""What the gateway shows of a device, read over its public API with the device's own credentials. Blocking."""

from __future__ import annotations

import base64
import time
from typing import TypeVar

import msgspec

from ...core.errors import GatewayError
from ...core.quality import Quality
from ..connection import Unreachable
from ..enrol import Api, Registration

_LARGEST_ANSWER = 64 << 20
_TRIES = 8
_Answer = TypeVar("_Answer")


class NoEvidence(GatewayError):
    """The gateway did not answer the question."""


class Row(msgspec.Struct, frozen=True, gc=False):
    """One value in the history."""

    time_ms: int
    value: float
    quality: int | list[str] = 0

    @property
    def flags(self) -> Quality:
        """What is wrong with it."""
        if isinstance(self.quality, int):
            return Quality(self.quality)
        flags = Quality(0)
        for name in self.quality:
            flags |= Quality[name.upper()]
        return flags


class Step(msgspec.Struct, frozen=True, gc=False):
    """One step of condensed history; `value` is the mean."""

    time_ms: int
    value: float
    minimum: float
    maximum: float
    count: int


class _Raw(msgspec.Struct, frozen=True):
    readings: list[Row]
    truncated: bool = False


class _Condensed(msgspec.Struct, frozen=True):
    readings: list[Step]


class _Shown(msgspec.Struct, frozen=True):
    status: str


class Evidence:
    """The questions of a verdict, asked as one device."""

    def __init__(self, api: Api, registration: Registration) -> None:
        self._api = api
        self._device = registration.device_id
        words = f"{registration.mqtt_username}:{registration.mqtt_password}"
        self._authorization = "Basic " + base64.b64encode(words.encode()).decode()

    def rows(self, metric: str, from_ms: int, to_ms: int) -> list[Row]:
        """Every value of a metric from `from_ms` until before `to_ms`, in order of time. Raises NoEvidence."""
        found: list[Row] = []
        while True:
            answer = self._ask(f"history?metric={metric}&from={from_ms}&to={to_ms}", _Raw)
            found[:0] = answer.readings
            if not answer.truncated:
                return found
            # The newest came; a value with the same time as the oldest of them would be asked for again.
            to_ms = answer.readings[0].time_ms
            found = [row for row in found if row.time_ms > to_ms]
            to_ms += 1

    def steps(self, metric: str, from_ms: int, to_ms: int, step_s: int) -> list[Step]:
        """The condensed history. Raises NoEvidence."""
        return self._ask(f"history?metric={metric}&from={from_ms}&to={to_ms}&step={step_s}", _Condensed).readings

    def status(self) -> str:
        """`online`, `offline`, … Raises NoEvidence."""
        return self._ask("", _Shown).status

    def _ask(self, question: str, shape: type[_Answer]) -> _Answer:
        path = f"/api/devices/{self._device}" + (f"/{question}" if question else "")
        said = ""
        for attempt in range(_TRIES):
            try:
                status, body = self._api.call("GET", path, authorization=self._authorization, largest=_LARGEST_ANSWER)
                if status == 200:
                    return msgspec.json.decode(body, type=shape)
                said = f"HTTP status {status}"
                if status != 429 and status < 500:
                    break
            except msgspec.DecodeError as error:
                said = str(error)
                break
            except Unreachable as error:
                said = str(error)
            time.sleep(0.25 * 2**attempt)
        raise NoEvidence(f"GET {path}: {said}")
