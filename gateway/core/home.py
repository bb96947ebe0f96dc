"""The home: zones, what stands in them, and which device measures what there. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from math import isfinite
from typing import Annotated, Literal

import msgspec

from .errors import Refused
from .topics import METRIC

PLACE_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
MOST_SYNONYMS = 20
MOST_RELATIONS = 20
MOST_THRESHOLDS = 64

_Text = Annotated[str, msgspec.Meta(max_length=80)]
_Amount = Annotated[float, msgspec.Meta(ge=0, le=1e9)]


class AssetKind(StrEnum):
    """What an asset is; the tags of `Traits`."""

    ROOM = "room"
    PLANT = "plant"
    WATER_HEATER = "water_heater"
    PUMP = "pump"
    FAN = "fan"
    OUTDOOR = "outdoor"


class Band(msgspec.Struct, frozen=True):
    """Limits of one metric; None: there is none (document 002)."""

    min: float | None = None
    max: float | None = None


class RoomTraits(msgspec.Struct, frozen=True, tag="room", tag_field="kind"):
    """Of a room."""

    use: _Text = ""
    area_m2: _Amount | None = None
    volume_m3: _Amount | None = None


class PlantTraits(msgspec.Struct, frozen=True, tag="plant", tag_field="kind"):
    """Of a plant."""

    species: _Text | None = None
    thresholds: dict[str, Band] = {}
    """By metric."""


class HeaterTraits(msgspec.Struct, frozen=True, tag="water_heater", tag_field="kind"):
    """Of a water heater."""

    maker: _Text = ""
    model: _Text = ""
    litres: _Amount | None = None
    power_w: _Amount | None = None


class PumpTraits(msgspec.Struct, frozen=True, tag="pump", tag_field="kind"):
    """Of a pump."""

    maker: _Text = ""
    model: _Text = ""
    power_w: _Amount | None = None


class FanTraits(msgspec.Struct, frozen=True, tag="fan", tag_field="kind"):
    """Of a fan."""

    maker: _Text = ""
    model: _Text = ""
    power_w: _Amount | None = None


class OutdoorTraits(msgspec.Struct, frozen=True, tag="outdoor", tag_field="kind"):
    """Of what is outside."""


Traits = RoomTraits | PlantTraits | HeaterTraits | PumpTraits | FanTraits | OutdoorTraits
"""The kind of an asset is the tag, so that what is typed and what it is cannot disagree."""

_KINDS: Mapping[type, AssetKind] = {
    RoomTraits: AssetKind.ROOM,
    PlantTraits: AssetKind.PLANT,
    HeaterTraits: AssetKind.WATER_HEATER,
    PumpTraits: AssetKind.PUMP,
    FanTraits: AssetKind.FAN,
    OutdoorTraits: AssetKind.OUTDOOR,
}

CAPABILITIES: Mapping[AssetKind, frozenset[str]] = {
    AssetKind.ROOM: frozenset({"temperature", "humidity", "co2", "sound_level", "light_level", "pressure"})
    | frozenset({"position", "set_position"}),
    AssetKind.PLANT: frozenset({"soil_moisture", "light_level", "temperature", "humidity"}),
    AssetKind.WATER_HEATER: frozenset({"temperature", "power", "energy", "duty"})
    | frozenset({"set_temperature", "turn_on", "turn_off"}),
    AssetKind.PUMP: frozenset({"flow", "pressure", "vibration", "current", "power", "energy"})
    | frozenset({"turn_on", "turn_off", "run_for"}),
    AssetKind.FAN: frozenset({"speed", "vibration", "current", "power", "energy", "temperature", "sound_level"})
    | frozenset({"turn_on", "turn_off", "set_speed", "run_for"}),
    AssetKind.OUTDOOR: frozenset({"temperature", "humidity", "light_level", "pressure", "rain", "wind"}),
}
"""Metrics and verbs that make sense for a kind."""


class Relation(msgspec.Struct, frozen=True):
    """How an asset stands to another: a plant is inside a room, a pump feeds a plant."""

    kind: Literal["inside", "feeds", "serves", "next_to"]
    asset: str


class Asset(msgspec.Struct, frozen=True):
    """Something people know by name."""

    id: str
    name: str
    traits: Traits
    zone: str | None = None
    synonyms: tuple[str, ...] = ()
    relations: tuple[Relation, ...] = ()
    created_ms: int = 0

    @property
    def kind(self) -> AssetKind:
        """What it is."""
        return _KINDS[type(self.traits)]

    @property
    def inside(self) -> str | None:
        """The asset it is inside of, such as the room of a plant."""
        return next((relation.asset for relation in self.relations if relation.kind == "inside"), None)


class Zone(msgspec.Struct, frozen=True):
    """A part of the home, inside another one or not."""

    id: str
    name: str
    parent: str | None = None
    synonyms: tuple[str, ...] = ()
    created_ms: int = 0


class Assignment(msgspec.Struct, frozen=True):
    """A device measured an asset in [from_ms, to_ms); `to_ms` None: it still does."""

    device: str
    asset: str
    from_ms: int
    to_ms: int | None = None


def clipped(spans: Iterable[Assignment], from_ms: int, to_ms: int) -> list[Assignment]:
    """What of them lies in [from, to), by its begin."""
    found = [
        Assignment(
            span.device, span.asset, max(span.from_ms, from_ms), to_ms if span.to_ms is None else min(span.to_ms, to_ms)
        )
        for span in spans
        if from_ms < to_ms and span.from_ms < to_ms and (span.to_ms is None or span.to_ms > from_ms)
    ]
    return sorted(found, key=lambda span: span.from_ms)


class Breach(msgspec.Struct, frozen=True):
    """A value outside its band."""

    metric: str
    value: float
    direction: Literal["min", "max"]
    threshold: float

    @property
    def text(self) -> str:
        """In the words of document 002."""
        return f"{self.metric} is {self.value:.1f}, threshold {self.direction} {self.threshold:.1f}"


def breach(metric: str, value: float, band: Band) -> Breach | None:
    """None: the value is within its band."""
    if band.min is not None and value < band.min:
        return Breach(metric, value, "min", band.min)
    if band.max is not None and value > band.max:
        return Breach(metric, value, "max", band.max)
    return None


def check_zone(zone: Zone) -> None:
    """Raises Refused when it cannot be, whatever else there is in the home."""
    _check_id(zone.id)
    _check_synonyms(zone.synonyms)


def check_asset(asset: Asset) -> None:
    """Raises Refused when it cannot be, whatever else there is in the home."""
    _check_id(asset.id)
    _check_synonyms(asset.synonyms)
    relations = asset.relations
    if len(relations) > MOST_RELATIONS or len(set(relations)) < len(relations):
        raise Refused(f"An asset has up to {MOST_RELATIONS} relations, each once.")
    if sum(relation.kind == "inside" for relation in relations) > 1:
        raise Refused("An asset is inside one other at most.")
    if any(relation.asset == asset.id for relation in relations):
        raise Refused(f"{asset.id} cannot stand in a relation to itself.")
    if isinstance(asset.traits, PlantTraits):
        check_thresholds(asset.traits.thresholds)


def check_thresholds(thresholds: Mapping[str, Band]) -> None:
    """Raises Refused naming the metric whose limits nothing can hold."""
    if len(thresholds) > MOST_THRESHOLDS:
        raise Refused(f"A plant has thresholds for up to {MOST_THRESHOLDS} metrics.")
    for metric, band in thresholds.items():
        if METRIC.fullmatch(metric) is None:
            raise Refused(f"thresholds: {metric[:60]!r} is not the name of a metric, such as soil_moisture.")
        if any(limit is not None and not isfinite(limit) for limit in (band.min, band.max)):
            raise Refused(f"thresholds: the limits of {metric} are finite numbers or null.")
        if band.min is not None and band.max is not None and band.min > band.max:
            raise Refused(f"thresholds: the min of {metric} is above its max.")


def _check_id(place: str) -> None:
    if PLACE_ID.fullmatch(place) is None:
        raise Refused("An id has 1 to 40 small letters, digits and hyphens, and begins with no hyphen.")


def _check_synonyms(synonyms: tuple[str, ...]) -> None:
    if len(synonyms) > MOST_SYNONYMS:
        raise Refused(f"A place has up to {MOST_SYNONYMS} synonyms.")
