"""Scenes: several things done at once under one name. Pure."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from .rules.actions import CommandThen, ShadowThen, WindowThen
from .spelling import GivenName

SceneThing = CommandThen | WindowThen | ShadowThen


class SceneDraft(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a person writes."""

    name: GivenName
    then: Annotated[tuple[SceneThing, ...], Meta(min_length=1, max_length=16)]


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """A scene as the house keeps it: one document."""

    id: str
    name: str
    then: tuple[SceneThing, ...]
    created_ms: int = 0
