"""The demonstration's house and other houses, with a reader of each. The grammar is made once for all tests."""

from __future__ import annotations

from functools import lru_cache

from gateway.core.capabilities import TYPES
from gateway.core.language.grammar import Grammar
from gateway.core.language.house import House, Thing
from gateway.core.language.intent import NOTHING, Intent, Talk
from gateway.core.language.understand import Reader
from gateway.flow.chat.families import families
from gateway.simulator.site import demo_site
from gateway.simulator.site_house import house_of


@lru_cache(maxsize=1)
def grammar() -> Grammar:
    """All families."""
    return Grammar(families())


@lru_cache(maxsize=1)
def demo() -> House:
    """The demonstration's."""
    return house_of(demo_site())


@lru_cache(maxsize=1)
def reader() -> Reader:
    """Of the demonstration's house."""
    return Reader(demo(), grammar())


def read(text: str, talk: Talk = NOTHING) -> Intent:
    """What a sentence means in the demonstration's house."""
    return reader().read(text, talk).intent


def room(room_id: str, name: str, *called: str) -> Thing:
    """A room that measures its climate."""
    return Thing(
        what="asset",
        id=room_id,
        name=name,
        kind="room",
        called=(name, *called),
        metrics=frozenset({"temperature", "humidity"}),
    )


def device(kind: str, device_id: str, name: str, *called: str, at: str = "") -> Thing:
    """A device with what its kind can do."""
    known = TYPES[kind]
    return Thing(
        what="device",
        id=device_id,
        name=name,
        kind=kind,
        called=(name, *called),
        around=frozenset({("asset", at)}) if at else frozenset(),
        metrics=frozenset(known.metrics),
        devices=(device_id,),
        verbs=known.verbs,
        actors=dict.fromkeys(known.verbs, device_id),
    )


def in_house(*things: Thing, **more: object) -> Reader:
    """A reader of a house with just these."""
    metrics = frozenset(metric for thing in things for metric in thing.metrics)
    return Reader(House(things=things, metrics=metrics, **more), grammar())  # type: ignore[arg-type]
