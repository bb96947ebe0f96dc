"""What a rule does: commands, window positions, notices, settings, timers, scenes. Pure."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from ..spelling import DeviceId, DeviceOrNone, PlaceId, PlaceOrNone, Verb

Seconds = Annotated[int, Meta(ge=0, le=604_800)]
TimerName = Annotated[
    str, Meta(pattern="^[a-z0-9][a-z0-9-]{0,39}$", description="A timer's name; the same one is armed anew")
]
Level = Literal["info", "warning", "alarm"]
CatchUp = Literal["late", "skip", "safe"]

MOST_ACTIONS = 16
MOST_TIMERS_DEEP = 3
OPPOSITE = {"turn_on": "turn_off", "turn_off": "turn_on"}
"""Verbs that `for_s` can take back by itself."""


class Doing(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="kind"
):
    """Something to be done."""


class CommandThen(Doing, frozen=True, kw_only=True, tag="command"):
    """A command to a device, or to the one device of an asset that can do it."""

    device: DeviceOrNone = ""
    asset: PlaceOrNone = ""
    verb: Verb
    args: dict[str, Any] = {}
    for_s: Seconds = 0
    """After so many seconds a durable timer takes it back: with the opposite verb (turn_on, turn_off), else as `back`
    says. 0: it stays."""
    back: tuple[Then, ...] = ()


class WindowThen(Doing, frozen=True, kw_only=True, tag="window"):
    """A window's position in percent; on an asset: of all its windows."""

    device: DeviceOrNone = ""
    asset: PlaceOrNone = ""
    position: Annotated[float, Meta(ge=0, le=100)]
    for_s: Seconds = 0
    """After so many seconds the window's model decides again. 0: when the rule no longer holds."""


class NotifyThen(Doing, frozen=True, kw_only=True, tag="notify"):
    """Tell people."""

    text: Annotated[str, Meta(min_length=1, max_length=200)]
    """`{value}` and `{name}` are filled in: what the trigger measured, and the rule's name."""
    level: Level = "info"


class ShadowThen(Doing, frozen=True, kw_only=True, tag="shadow"):
    """Wish for a configuration: part of a device's desired state."""

    device: DeviceId
    desired: dict[str, Any]


class TimerThen(Doing, frozen=True, kw_only=True, tag="timer"):
    """Do something later; survives restarts. While it runs it is armed anew."""

    timer: TimerName
    after_s: Annotated[int, Meta(ge=1, le=604_800)]
    then: tuple[Then, ...]


class CancelThen(Doing, frozen=True, kw_only=True, tag="cancel"):
    """Forget a timer of this rule."""

    timer: TimerName


class SceneThen(Doing, frozen=True, kw_only=True, tag="scene"):
    """Run a scene."""

    scene: PlaceId


Then = CommandThen | WindowThen | NotifyThen | ShadowThen | TimerThen | CancelThen | SceneThen
