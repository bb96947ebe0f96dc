"""What a window has learnt of people: shown, forgotten, taken along and brought back."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ...core.errors import Conflict
from ...core.window.moment import Character
from .names import LessonId
from .parts import AutomationParts, Parts
from .routes import Route, Who
from .typed import Asked, NoBody, NoQuery, op

_MOST = 256
_LIMIT = 1024 * 1024
_Number = Annotated[float, Meta(ge=-1e6, le=1e6)]
_TimeMs = Annotated[int, Meta(ge=0, lt=1 << 53)]
_Words = Annotated[str, Meta(max_length=2000)]


class MomentShown(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What was known when it was learnt; what is not there was not known. Units are in the names."""

    time_ms: _TimeMs
    hour: Annotated[float, Meta(ge=0, le=24)]
    """Of the site's clock on the wall."""
    day: Annotated[int, Meta(ge=1, le=366)]
    """Of the year."""
    temperature_c: _Number | None = None
    humidity_pct: _Number | None = None
    sound_db: _Number | None = None
    character: Character | None = None
    co2_ppm: _Number | None = None
    outdoor_temperature_c: _Number | None = None
    outdoor_humidity_pct: _Number | None = None
    outdoor_mean_c: _Number | None = None
    rain_mm_h: _Number | None = None
    wind_m_s: _Number | None = None
    position_pct: _Number | None = None
    shut_h: _Number | None = None


class LessonShown(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody wanted, when, and what was learnt of it in words."""

    id: LessonId
    time_ms: _TimeMs
    position: Annotated[float, Meta(ge=0, le=100)]
    who: _Words
    source: Literal["api", "command", "hand"]
    learnt: _Words = ""
    moment: MomentShown


class LessonList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A window's lessons, oldest first. The same may be brought in again, here or at another window."""

    format: Literal[1] = 1
    device: _Words = ""
    simulated: bool = False
    lessons: Annotated[list[LessonShown], Meta(max_length=_MOST)]


class ForgetBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of POST /api/devices/{id}/forget: the ids of lessons; without any, all of them."""

    lessons: Annotated[list[LessonId], Meta(min_length=1, max_length=_MOST)] | UnsetType = UNSET


class Lessons:
    """The lessons of a window."""

    def __init__(self, parts: Parts, automation: AutomationParts) -> None:
        self._overrides = automation.overrides
        self._decide = automation.decide
        self._registry = parts.registry

    def routes(self) -> list[Route]:
        """What is served."""
        path = "/devices/{id}"
        return [
            op("GET", path + "/lessons", Who.READ, self._list, "What a window has learnt of people"),
            op(
                "PUT",
                path + "/lessons",
                Who.OPERATE,
                self._bring_in,
                "Bring lessons in beside those there are",
                limit=_LIMIT,
            ),
            op("POST", path + "/forget", Who.OPERATE, self._forget, "Forget what was learnt", empty=True),
        ]

    async def _list(self, asked: Asked[NoQuery, NoBody]) -> LessonList:
        """The whole answer can be kept, and brought in again."""
        return self._shown(self._registry.device(asked.path["id"]).id)

    async def _bring_in(self, asked: Asked[NoQuery, LessonList]) -> LessonList:
        """Replaces nothing: what is known already, by its id, is left as it is."""
        device = self._registry.device(asked.path["id"]).id
        if not self._decide.is_window(device):
            raise Conflict(f"{device} is no window.")
        await self._overrides.brought_in(device, msgspec.to_builtins(asked.body), asked.caller.name)
        return self._shown(device)

    async def _forget(self, asked: Asked[NoQuery, ForgetBody]) -> LessonList:
        """The window decides from then on as if they had never been. 404: one of them is none of its lessons."""
        device = self._registry.device(asked.path["id"]).id
        ids = None if asked.body.lessons is UNSET else list(dict.fromkeys(asked.body.lessons))
        await self._overrides.forget(device, ids, asked.caller.name)
        return self._shown(device)

    def _shown(self, device: str) -> LessonList:
        known = msgspec.convert(self._overrides.exported(device), _Exported)  # its own checks have the same bounds
        return LessonList(device=device, simulated=self._registry.simulated(device), lessons=known.lessons)


class _Exported(msgspec.Struct, frozen=True):
    """What of the flow's own form is shown."""

    lessons: list[LessonShown]
