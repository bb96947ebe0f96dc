"""The house as it can be spoken of now: zones, assets and devices as values, made anew only when something changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ...core.capabilities import TYPES, VerbKnown
from ...core.home import Asset, AssetKind
from ...core.language.house import House, Thing
from ...core.language.intent import CandidateKind
from ...core.messages import AssignmentChanged, DeviceChanged, MetricsLearnt, PlacesChanged
from ...core.rules.news import RuleChanged, SceneChanged
from .parts import ChatParts

_AROUND = ("inside", "serves", "feeds")
_OUTSIDE = ("outside", "outdoors", "outdoor")
_Place = tuple[CandidateKind, str]


class HouseNow:
    """Listens to the bus by itself. Asked only when somebody speaks, never by a reading."""

    def __init__(self, parts: ChatParts) -> None:
        self._parts = parts
        self._house: House | None = None
        self._devices: list[tuple[str, str]] = []
        for kind in (PlacesChanged, AssignmentChanged, MetricsLearnt, RuleChanged, SceneChanged):
            parts.bus.on(kind, self._changed)
        parts.bus.on(DeviceChanged, self._device_changed)

    def house(self) -> House:
        """All that can be named."""
        if self._house is None:
            self._devices = self._names()
            self._house = self._made()
        return self._house

    def _changed(self, event: object) -> None:
        self._house = None

    def _device_changed(self, event: DeviceChanged) -> None:
        # It comes with every change of presence, too, which names nothing anew.
        if self._house is not None and self._names() != self._devices:
            self._house = None

    def _names(self) -> list[tuple[str, str]]:
        return [(device.id, device.name) for device in self._parts.house.registry.devices()]

    def _made(self) -> House:
        parts, places = self._parts, self._parts.house
        at: defaultdict[str, list[Thing]] = defaultdict(list)
        around = {asset.id: self._around(asset) for asset in places.home.assets()}
        loose: list[Thing] = []
        for device_id, name in self._devices:
            asset = places.assignments.current(device_id)
            thing = self._device(device_id, name, asset, around.get(asset or "", frozenset()))
            (loose if asset is None else at[asset]).append(thing)
        assets = [self._asset(asset, around[asset.id], at[asset.id]) for asset in places.home.assets()]
        zones = [self._zone(zone.id, assets) for zone in places.home.zones()]
        things = [*zones, *assets, *(thing for devices in at.values() for thing in devices), *loose]
        talk = parts.rules
        return House(
            things=tuple(things),
            scenes=() if talk is None else tuple((scene.id, scene.name) for scene in talk.scenes.list()),
            rules=() if talk is None else tuple((kept.id, kept.rule.name) for kept in talk.rules.list()),
            metrics=frozenset(metric for thing in things for metric in thing.metrics),
            night=(parts.settings.night_from, parts.settings.night_to),
            sun=parts.sun,
            act_at_once=parts.settings.act_at_once,
        )

    def _around(self, asset: Asset) -> frozenset[_Place]:
        """The zones it is in, from the inside out, the room it is in and what it serves."""
        plan = self._parts.house.home.plan
        zone = plan.zone_of(asset.id)
        zones: list[_Place] = [("zone", one) for one in (() if zone is None else plan.lineage(zone))]
        near: list[_Place] = [("asset", one.asset) for one in asset.relations if one.kind in _AROUND]
        return frozenset((*zones, *near))

    def _zone(self, zone_id: str, assets: Sequence[Thing]) -> Thing:
        """A zone measures what anything in it measures, and does nothing by itself."""
        zone = self._parts.house.home.zone(zone_id)
        inside = [thing for thing in assets if ("zone", zone_id) in thing.around]
        lineage = self._parts.house.home.plan.lineage(zone_id)
        return Thing(
            what="zone",
            id=zone_id,
            name=zone.name,
            kind="zone",
            called=_called(zone.name, zone_id, zone.synonyms),
            around=frozenset(("zone", one) for one in lineage if one != zone_id),
            metrics=frozenset(metric for thing in inside for metric in thing.metrics),
            devices=tuple(device for thing in inside for device in thing.devices),
        )

    def _asset(self, asset: Asset, around: frozenset[_Place], devices: Sequence[Thing]) -> Thing:
        verbs, actors = _done_by_one(devices)
        outside = _OUTSIDE if asset.kind is AssetKind.OUTDOOR else ()
        return Thing(
            what="asset",
            id=asset.id,
            name=asset.name,
            kind=asset.kind.value,
            called=_called(asset.name, asset.id, (*asset.synonyms, *outside)),
            around=around,
            metrics=frozenset(metric for thing in devices for metric in thing.metrics),
            devices=tuple(thing.id for thing in devices),
            verbs=verbs,
            actors=actors,
        )

    def _device(self, device_id: str, name: str, asset: str | None, around: frozenset[_Place]) -> Thing:
        able = self._parts.house.registry.abilities(device_id)
        usual = TYPES[able.kind].verbs if able.kind in TYPES else {}
        verbs = usual if able.verbs is None else able.verbs
        at: frozenset[_Place] = frozenset() if asset is None else frozenset((("asset", asset),))
        return Thing(
            what="device",
            id=device_id,
            name=name,
            kind=able.kind,
            called=_called(name, device_id),
            around=around | at,
            metrics=frozenset(able.metrics),
            devices=(device_id,),
            verbs=verbs,
            actors=dict.fromkeys(verbs, device_id),
        )


def _done_by_one(devices: Sequence[Thing]) -> tuple[Mapping[str, VerbKnown], dict[str, str]]:
    """Verbs that exactly one of them knows, and which one."""
    able: defaultdict[str, list[Thing]] = defaultdict(list)
    for device in devices:
        for verb in device.verbs:
            able[verb].append(device)
    alone = {verb: found[0] for verb, found in able.items() if len(found) == 1}
    return {verb: thing.verbs[verb] for verb, thing in alone.items()}, {verb: one.id for verb, one in alone.items()}


def _called(name: str, thing_id: str, synonyms: Sequence[str] = ()) -> tuple[str, ...]:
    return tuple(dict.fromkeys((name, *synonyms, thing_id)))
