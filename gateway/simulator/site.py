"""A site: its zones, the assets in them, the devices that watch these, and what people call them. Read from TOML."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from ..core.errors import ConfigError
from ..core.home import Band
from ..core.rules.rule import Rule, actions, conditions, triggers
from ..core.topics import DEVICE_ID
from ..core.units import UNITS
from .world.ailments import Ill
from .world.fan import FanShape
from .world.happenings import Happening
from .world.heater import HeaterShape
from .world.makers import MAKERS
from .world.plant import PlantShape
from .world.pump import PumpShape
from .world.room import RoomShape
from .world.sensor import MAKERS_UNITS
from .world.weather import Climate


class House(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The site as a whole."""

    name: str
    time_zone: str = "UTC"
    climate: Climate = Climate()


class Zone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the site: a floor, the garden."""

    id: str
    name: str


class _Asset(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    id: str
    name: str
    zone: str


class RoomAsset(_Asset, frozen=True, tag="room"):
    """A room."""

    shape: RoomShape = RoomShape()


class PlantAsset(_Asset, frozen=True, tag="plant"):
    """A plant; in the open when it has no room. `thresholds` by metric, as the gateway has them."""

    room: str = ""
    species: str | None = None
    thresholds: dict[str, Band] = {}
    shape: PlantShape = PlantShape()


class HeaterAsset(_Asset, frozen=True, tag="water_heater"):
    """A water heater: of a maker (`world/makers.py`), of a shape of its own, or both."""

    maker: str = ""
    shape: HeaterShape | None = None

    @property
    def built(self) -> HeaterShape:
        """What it is like."""
        return self.shape or (MAKERS[self.maker].shape if self.maker else HeaterShape())


class PumpAsset(_Asset, frozen=True, tag="pump"):
    """A pump."""

    shape: PumpShape = PumpShape()


class FanAsset(_Asset, frozen=True, tag="fan"):
    """A fan; it airs the room that it `serves`."""

    serves: str = ""
    shape: FanShape = FanShape()


class OutdoorAsset(_Asset, frozen=True, tag="outdoor"):
    """The open air."""


Asset = RoomAsset | PlantAsset | HeaterAsset | PumpAsset | FanAsset | OutdoorAsset

ASSET_METRICS: dict[type[_Asset], frozenset[str]] = {
    RoomAsset: frozenset({"temperature", "humidity", "co2", "sound_level", "light_level", "position"}),
    PlantAsset: frozenset({"soil_moisture", "temperature", "humidity", "light_level"}),
    HeaterAsset: frozenset({"temperature", "power", "energy", "water_temp_f", "heating_kw", "duty"}),
    PumpAsset: frozenset({"flow", "pressure", "vibration", "current"}),
    FanAsset: frozenset({"vibration", "current", "power", "temperature", "sound_level"}),
    OutdoorAsset: frozenset({"temperature", "humidity", "light_level", "pressure", "rain", "wind"}),
}
"""What can be measured on each kind of asset."""

ASSET_ILLS: dict[type[_Asset], frozenset[Ill]] = {
    HeaterAsset: frozenset({Ill.SCALING}),
    PumpAsset: frozenset({Ill.CAVITATION, Ill.BEARING}),
    FanAsset: frozenset({Ill.BEARING}),
}
"""What each kind of machine can fall ill with."""


class Device(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A node and what it measures; kind `window` also moves the window of its room."""

    id: str
    name: str
    kind: str
    asset: str
    metrics: tuple[str, ...]
    interval_s: float = 10.0
    microphone: bool = False
    """It sends what it hears while its configuration says `audio`."""

    @property
    def units(self) -> dict[str, str]:
        """The unit of each metric."""
        return {metric: UNITS.get(metric) or MAKERS_UNITS[metric] for metric in self.metrics}


class SiteRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule the house begins with. It names assets and zones: which device is at them is the gateway's to know."""

    id: Annotated[str, msgspec.Meta(pattern="^[a-z0-9-]{1,40}$")]
    rule: Rule
    mode: Literal["off", "shadow", "live"] = "off"

    def named(self, what: Literal["asset", "zone"]) -> set[str]:
        """The assets or zones that it looks at or moves."""
        parts = (*triggers(self.rule), *conditions(self.rule), *actions(self.rule))
        return {name for _, part in parts if isinstance(name := getattr(part, what, ""), str) and name}


class Site(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of it, checked: every reference leads somewhere and every id is unique."""

    site: House
    zones: tuple[Zone, ...]
    assets: tuple[Asset, ...]
    devices: tuple[Device, ...]
    synonyms: dict[str, tuple[str, ...]] = {}
    happenings: tuple[Happening, ...] = ()
    """In endless scenarios; one with a verdict lives without them, and with those of its own."""
    rules: tuple[SiteRule, ...] = ()

    def asset(self, asset_id: str) -> Asset:
        """The asset with this id."""
        return next(asset for asset in self.assets if asset.id == asset_id)


def demo_site() -> Site:
    """The demonstration site."""
    return parse_site((resources.files(__package__) / "sites" / "demo.toml").read_text("utf-8"))


def load_site(path: Path) -> Site:
    """The site in a file. Raises ConfigError."""
    try:
        return parse_site(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except (UnicodeDecodeError, ConfigError) as error:
        raise ConfigError(f"{path}: {error}") from error


def parse_site(text: str) -> Site:
    """The site in a TOML text. Raises ConfigError with the place of the mistake."""
    try:
        site = msgspec.convert(tomllib.loads(text), Site)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(str(error)) from error
    for things in (site.zones, site.assets, site.devices, site.rules):
        _check_unique([thing.id for thing in things])
    _check_assets(site)
    _check_devices(site)
    check_happenings(site)
    _check_rules(site)
    return site


def _check_unique(ids: list[str]) -> None:
    for thing in ids:
        if ids.count(thing) > 1:
            raise ConfigError(f"{thing!r} is there twice")


def _check_assets(site: Site) -> None:
    zones = {zone.id for zone in site.zones}
    rooms = {asset.id for asset in site.assets if isinstance(asset, RoomAsset)}
    for asset in site.assets:
        if asset.zone not in zones:
            raise ConfigError(f"asset {asset.id!r}: there is no zone {asset.zone!r}")
        if isinstance(asset, HeaterAsset) and asset.maker and asset.maker not in MAKERS:
            raise ConfigError(f"asset {asset.id!r}: there is no maker {asset.maker!r}; there are {', '.join(MAKERS)}")
        if isinstance(asset, PlantAsset) and asset.room and asset.room not in rooms:
            raise ConfigError(f"asset {asset.id!r}: there is no room {asset.room!r}")
        if isinstance(asset, FanAsset) and asset.serves and asset.serves not in rooms:
            raise ConfigError(f"asset {asset.id!r}: there is no room {asset.serves!r}")


def _check_devices(site: Site) -> None:
    assets = {asset.id: asset for asset in site.assets}
    for device in site.devices:
        if not DEVICE_ID.fullmatch(device.id):
            raise ConfigError(f"device {device.id!r}: an id is 3 to 40 of a-z, 0-9 and -")
        asset = assets.get(device.asset)
        if asset is None:
            raise ConfigError(f"device {device.id!r}: there is no asset {device.asset!r}")
        unknown = set(device.metrics) - ASSET_METRICS[type(asset)]
        if unknown:
            raise ConfigError(f"device {device.id!r}: {device.asset!r} has no {', '.join(sorted(unknown))}")
        if not device.metrics:
            raise ConfigError(f"device {device.id!r}: it measures nothing")
        if device.kind == "window" and not isinstance(asset, RoomAsset):
            raise ConfigError(f"device {device.id!r}: a window needs a room, {device.asset!r} is none")
        if device.interval_s < 1.0:
            raise ConfigError(f"device {device.id!r}: interval_s must be at least 1")
        if device.microphone and not isinstance(asset, RoomAsset):
            raise ConfigError(f"device {device.id!r}: a microphone needs a room, {device.asset!r} is none")


def check_happenings(site: Site) -> None:
    """Raises ConfigError when one is in no room, or longer than the time between two."""
    rooms = {asset.id for asset in site.assets if isinstance(asset, RoomAsset)}
    for happening in site.happenings:
        if happening.asset not in rooms:
            raise ConfigError(f"happening {happening.kind.value!r}: there is no room {happening.asset!r}")
        if happening.at_min + happening.for_min > happening.every_min:
            raise ConfigError(
                f"happening {happening.kind.value!r} in {happening.asset!r} does not fit into its every_min"
            )


def _check_rules(site: Site) -> None:
    known = {"asset": {asset.id for asset in site.assets}, "zone": {zone.id for zone in site.zones}}
    for rule in site.rules:
        for what in ("asset", "zone"):
            if missing := rule.named(what) - known[what]:
                raise ConfigError(f"rule {rule.id!r}: there is no {what} {min(missing)!r}")
