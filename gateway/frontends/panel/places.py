"""What zones, assets, plants and devices share: where something stands, and its newest values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated

import msgspec

from ...core.errors import NotFound
from ...core.home import Asset, AssetKind, Band, PlantTraits, Relation
from ...flow.home import Home
from ...flow.values import Found
from .device_view import DeviceShown, LatestValue
from .names import GivenName, MetricName, readable
from .quality_names import quality_names
from .times import to_text

Synonyms = Annotated[list[GivenName], msgspec.Meta(max_length=20, description="What it is called besides its name")]
Thresholds = Annotated[
    dict[MetricName, Band], msgspec.Meta(max_length=40, description="Limits by metric; null: there is none")
]
Species = Annotated[str, msgspec.Meta(max_length=80, description="What kind of plant it is, as people call it")]


class AssignedShown(msgspec.Struct, frozen=True):
    """A device stood for an asset from `from` until `to`; null: it still does."""

    device: str
    simulated: bool
    since: str
    since_ms: int
    until: str | None
    until_ms: int | None


class AssetDevices(msgspec.Struct, frozen=True):
    """Answer to GET /api/assets/{asset}/devices and /api/plants/{plant}/devices."""

    asset: str
    devices: list[DeviceShown]
    """Those assigned to it now."""
    assignments: list[AssignedShown]
    """Those and the ones before, oldest first."""


def of_kind(home: Home, asset_id: str, kind: AssetKind) -> Asset:
    """The asset of this id. Raises NotFound, also when it is of another kind."""
    asset = home.asset(asset_id)
    if asset.kind is not kind:
        raise NotFound(f"There is no {kind.value} {asset_id}; it is a {asset.kind.value}.")
    return asset


def named(texts: Iterable[str]) -> tuple[str, ...]:
    """Names as they are kept: on one line, each once."""
    return tuple(dict.fromkeys(readable(text) for text in texts))


def plant_traits(species: str | None, thresholds: Mapping[str, Band]) -> PlantTraits:
    """Of a plant; a species of nothing but blanks is none."""
    return PlantTraits(readable(species or "") or None, dict(thresholds))


def inside(asset: Asset, place: str | None) -> tuple[Relation, ...]:
    """Its relations when it is inside `place`; None: inside nothing."""
    others = tuple(relation for relation in asset.relations if relation.kind != "inside")
    return others if place is None else (*others, Relation("inside", place))


def latest_of(values: Mapping[str, Found], now_ms: int) -> dict[str, LatestValue]:
    """The newest value by metric. One that was made of several readings carries the id of none."""
    return {
        metric: LatestValue(
            found.value,
            to_text(found.time_ms),
            found.time_ms,
            (now_ms - found.time_ms) / 1000,
            found.unit,
            quality_names(found.quality),
            found.sources[0].correlation if len(found.sources) == 1 else "",
        )
        for metric, found in values.items()
    }


def is_simulated(values: Mapping[str, Found], devices: Iterable[str], simulated: Callable[[str], bool]) -> bool:
    """Whether an asset must be marked SIMULATED: because of its devices, or of those inside of it that tell of it."""
    return any(map(simulated, devices)) or any(found.simulated for found in values.values())
