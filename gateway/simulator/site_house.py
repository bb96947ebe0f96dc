"""A site file as what can be named in a sentence: the house that the gateway would know once the site is furnished."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ..core import capabilities
from ..core.capabilities import VerbKnown
from ..core.home import Asset
from ..core.language.house import House, Thing
from ..core.language.intent import CandidateKind
from . import site as sites
from .furnish import asset_of

_Around = frozenset[tuple[CandidateKind, str]]


def house_of(site: sites.Site) -> House:
    """Zones, assets and devices with what each measures and can do; night and manners are the defaults."""
    assets = {thing.id: asset_of(site, thing) for thing in site.assets}
    around = {asset_id: _around(asset) for asset_id, asset in assets.items()}
    at: defaultdict[str, list[Thing]] = defaultdict(list)
    for device in site.devices:
        at[device.asset].append(_device(device, {*around[device.asset], ("asset", device.asset)}))
    things = [
        *(_zone(site, zone, around, at) for zone in site.zones),
        *(_asset(asset, around[asset_id], at[asset_id]) for asset_id, asset in assets.items()),
        *(thing for devices in at.values() for thing in devices),
    ]
    return House(
        things=tuple(things),
        rules=tuple((rule.id, rule.rule.name) for rule in site.rules),
        metrics=frozenset(metric for thing in things for metric in thing.metrics),
        sun=True,  # a site's climate has coordinates
    )


def _around(asset: Asset) -> _Around:
    """Its zone, the room it is in and the one it serves."""
    places: set[tuple[CandidateKind, str]] = {
        ("asset", relation.asset) for relation in asset.relations if relation.kind in ("inside", "serves")
    }
    return frozenset({*places, ("zone", asset.zone)} if asset.zone else places)


def _zone(
    site: sites.Site, zone: sites.Zone, around: Mapping[str, _Around], at: Mapping[str, Sequence[Thing]]
) -> Thing:
    """A zone measures what anything in it measures, and does nothing by itself."""
    inside = [thing for asset, places in around.items() if ("zone", zone.id) in places for thing in at.get(asset, ())]
    return Thing(
        what="zone",
        id=zone.id,
        name=zone.name,
        kind="zone",
        called=_called(zone.name, zone.id, site.synonyms.get(zone.id, ())),
        metrics=frozenset(metric for thing in inside for metric in thing.metrics),
        devices=tuple(thing.id for thing in inside),
    )


def _asset(asset: Asset, around: _Around, devices: Sequence[Thing]) -> Thing:
    verbs, actors = _done_by_one(devices)
    return Thing(
        what="asset",
        id=asset.id,
        name=asset.name,
        kind=asset.kind.value,
        called=_called(asset.name, asset.id, asset.synonyms),
        around=around,
        metrics=frozenset(metric for thing in devices for metric in thing.metrics),
        devices=tuple(thing.id for thing in devices),
        verbs=verbs,
        actors=actors,
    )


def _device(device: sites.Device, around: set[tuple[CandidateKind, str]]) -> Thing:
    """It measures what the site says and can do what its kind can."""
    verbs = capabilities.read({"kind": device.kind}).verbs or {}
    return Thing(
        what="device",
        id=device.id,
        name=device.name,
        kind=device.kind,
        called=_called(device.name, device.id),
        around=frozenset(around),
        metrics=frozenset(device.metrics),
        devices=(device.id,),
        verbs=verbs,
        actors=dict.fromkeys(verbs, device.id),
    )


def _done_by_one(devices: Sequence[Thing]) -> tuple[dict[str, VerbKnown], dict[str, str]]:
    """Verbs that exactly one of them knows, and which one."""
    able: defaultdict[str, list[Thing]] = defaultdict(list)
    for device in devices:
        for verb in device.verbs:
            able[verb].append(device)
    alone = {verb: found[0] for verb, found in able.items() if len(found) == 1}
    return {verb: thing.verbs[verb] for verb, thing in alone.items()}, {verb: one.id for verb, one in alone.items()}


def _called(name: str, thing_id: str, synonyms: Sequence[str] = ()) -> tuple[str, ...]:
    return tuple(dict.fromkeys((name, *synonyms, thing_id)))
