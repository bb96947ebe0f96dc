"""What zones and assets are called: which names may be given, which are understood, and how refusals list them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from msgspec.structs import replace

from ..core.errors import Refused
from ..core.home import Asset, AssetKind, PlantTraits, Zone
from ..core.names import Named, Words, words
from .floor_plan import FloorPlan
from .identity import given_name

_OUTSIDE = ("outside", "outdoors", "outdoor", "out of doors", "draußen", "außen")
"""What is outside is called so without being told."""

_Place = TypeVar("_Place", Zone, Asset)


def tidy(place: _Place) -> _Place:
    """With a name and synonyms as they may be given; what is said twice is said once. Raises Refused."""
    name = given_name(place.name)
    if not words(name):
        raise Refused("A name has at least one letter or digit.")
    synonyms: dict[Words, str] = {}
    for synonym in place.synonyms:
        said = given_name(synonym)
        if words(said) and words(said) != words(name):
            synonyms.setdefault(words(said), said)
    return replace(place, name=name, synonyms=tuple(synonyms.values()))


def named(
    zones: Iterable[Zone], assets: Iterable[Asset], devices: Iterable[tuple[str, str]]
) -> Iterable[tuple[Named, Iterable[str]]]:
    """Everything that has a name, with all it is called; `devices`: (id, name)."""
    for zone in zones:
        yield Named("zone", zone.id, zone.name), (zone.id, zone.name, *zone.synonyms, f"zone {zone.name}")
    for asset in assets:
        outside = _OUTSIDE if asset.kind is AssetKind.OUTDOOR else ()
        called = asset.id, asset.name, *asset.synonyms, f"{spoken(asset.kind)} {asset.name}", *outside
        yield Named("asset", asset.id, asset.name), called
    for device, name in devices:
        yield Named("device", device, name), (device, name)


def is_meant(asset: Asset, plan: FloorPlan, wanted: Words) -> bool:
    """Whether each wanted word begins a word of its name, synonyms, kind, species, maker, use or zone."""
    said = _words_of(asset, plan)
    return all(any(word.startswith(start) for word in said) for start in wanted)


def by_name(place: Zone | Asset) -> tuple[Words, str]:
    """The key that sorts by name."""
    return words(place.name), place.id


def spoken(kind: AssetKind) -> str:
    """`water heater`."""
    return kind.replace("_", " ")


def listed(places: Iterable[Zone | Asset], most: int = 3) -> str:
    """`Fern, Basil and 3 more`."""
    names = [place.name for place in places]
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def _words_of(asset: Asset, plan: FloorPlan) -> set[str]:
    traits = asset.traits
    said = [asset.id, asset.name, *asset.synonyms, asset.kind]
    if isinstance(traits, PlantTraits):
        said.append(traits.species or "")
    said += [getattr(traits, "maker", ""), getattr(traits, "model", ""), getattr(traits, "use", "")]
    around = plan.zone_of(asset.id)
    zone = None if around is None else plan.zone(around)
    said.append("" if zone is None else zone.name)
    return {word for text in said for word in words(text)}
