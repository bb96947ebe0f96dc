"""A window as it is decided about: what holds, what is known now, and what people want instead."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from ...core.errors import Conflict
from .commands import CommandShown, command_shown
from .decision_view import DecisionShown, OverrideShown, decision_shown, override_shown
from .names import Instant
from .parts import AutomationParts, Parts
from .routes import Route, Who
from .times import from_text
from .typed import Asked, NoBody, NoQuery, op


class InputShown(msgspec.Struct, frozen=True):
    """One input of the next decision as it stands now."""

    name: str
    value: float | None
    unit: str
    age_s: float | None
    used: bool
    why: str
    """Why it is not used."""


class WindowShown(msgspec.Struct, frozen=True):
    """Answer to GET /api/devices/{id}/window."""

    mode: str
    """Who decides: `local`, `external` or, for nobody, `off`."""
    position: float | None
    """Where the window is, in percent."""
    comfort: float | None
    """The temperature held for comfortable, in °C."""
    newest: DecisionShown | None
    hold: OverrideShown | None
    """What somebody wants, and for how long decisions wait for it."""
    next_s: float | None
    """In how many seconds it is thought about at the latest."""
    inputs: list[InputShown]
    lessons: int
    """How many count."""
    simulated: bool


class OverrideBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of POST /api/devices/{id}/override. Without `until` it holds for the gateway's usual time."""

    position: Annotated[float, msgspec.Meta(ge=0, le=100, description="In percent: 0 is shut, 100 fully open")]
    until: Instant | UnsetType = UNSET


class OverrideMade(OverrideShown, frozen=True):
    """What came of wanting something: the order that went to the window, and the limits this goes against."""

    command: CommandShown
    warnings: list[str]


class Windows:
    """Windows and the will of people."""

    def __init__(self, parts: Parts, automation: AutomationParts) -> None:
        self._decide = automation.decide
        self._overrides = automation.overrides
        self._commands = parts.home.commands
        self._registry = parts.registry
        self._watch = parts.watch
        self._now_ms = parts.now_ms

    def routes(self) -> list[Route]:
        """What is served."""
        path = "/devices/{id}"
        return [
            op("GET", path + "/window", Who.READ, self._get, "A window as it is decided about", own=True),
            op("POST", path + "/override", Who.OPERATE, self._want, "Move a window by one's own will", status=201),
            op("DELETE", path + "/override", Who.OPERATE, self._resume, "Let a window be decided about again"),
        ]

    async def _get(self, asked: Asked[NoQuery, NoBody]) -> WindowShown:
        """409: the device is no window."""
        return self._shown(self._window(asked.path["id"]))

    async def _want(self, asked: Asked[NoQuery, OverrideBody]) -> OverrideMade:
        """The window is ordered to move, automatic decisions hold off, and something is learnt at once. It may go
        against the limits of automatic decisions: `warnings` names them. The node's own limits hold.
        """
        device, body, who = self._window(asked.path["id"]), asked.body, asked.caller.name
        until_ms = None if body.until is UNSET else from_text(body.until, "until")
        warnings = list(self._overrides.warnings(device, body.position))
        override, command = await self._overrides.set(device, body.position, who, until_ms)
        asked.header("Location", f"/api/devices/{device}/window")
        shown = override_shown(override, self._now_ms())
        simulated, sends = self._registry.simulated(device), self._commands.sends(command.id)
        return OverrideMade(
            **msgspec.structs.asdict(shown), command=command_shown(command, simulated, sends), warnings=warnings
        )

    async def _resume(self, asked: Asked[NoQuery, NoBody]) -> WindowShown:
        """What was learnt stays."""
        device = self._window(asked.path["id"])
        await self._overrides.resume(device, asked.caller.name)
        return self._shown(device)

    def _window(self, device_id: str) -> str:
        device = self._registry.device(device_id).id
        if not self._decide.is_window(device):
            raise Conflict(f"{device} is no window.")
        return device

    def _shown(self, device: str) -> WindowShown:
        now_ms = self._now_ms()
        position = self._watch.values(device).get("position")
        newest, hold = self._decide.newest(device), self._overrides.held(device)
        return WindowShown(
            self._decide.mode,
            None if position is None else position[0],
            self._decide.comfort(device),
            None if newest is None else decision_shown(newest),
            None if hold is None else override_shown(hold, now_ms),
            self._decide.next_s(device),
            [
                InputShown(read.name, read.value, read.unit, read.age_s, read.used, read.why)
                for read in self._decide.inputs(device)
            ],
            len(self._overrides.lessons(device)),
            self._registry.simulated(device),
        )
