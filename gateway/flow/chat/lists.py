"""Lists and overviews: plants, devices, rules, alerts, timers, and how everything is."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ...core.errors import NotFound
from ...core.home import AssetKind, PlantTraits
from ...core.language.house import House
from ...core.language.intent import Intent
from ...core.local_time import LocalTime
from ...core.messages import DeviceStatus
from ..values import Found
from ..words import duration
from .parts import ChatParts

_MOST = 12
Told = tuple[str, bool]
"""Words, and whether anything in them is simulated."""


class Lists:
    """Asks the parts; changes nothing."""

    def __init__(self, parts: ChatParts, house: Callable[[], House]) -> None:
        self._parts = parts
        self._house = house

    async def of(self, intent: Intent) -> Told:
        """In words."""
        if intent.action == "plants":
            return self._plants(intent)
        if intent.action == "health":
            return await self._health(intent), False
        if intent.action == "status":
            return self._status(), self._any_simulated()
        return self._list(intent)

    # Plants

    def _plants(self, intent: Intent) -> Told:
        home = self._parts.house.home
        found = [one for one in home.assets(AssetKind.PLANT) if intent.place in ("", one.id, one.zone)]
        if not found and intent.place:
            found = home.assets(AssetKind.PLANT, inside=intent.place)
        if not found:
            return "There are no plants here." if not intent.place else "There is no such plant.", False
        simulated = False
        said: list[str] = []
        for plant in found[:_MOST]:
            breaches = self._parts.house.plants.episodes(plant.id)
            values = self._parts.house.values.of_asset(plant.id)
            mark = any(one.simulated for one in values.values())
            simulated = simulated or mark
            if not values:
                said.append(f"{plant.name}: nothing measures it.")
            elif breaches:
                since = duration(self._parts.clock() - breaches[0].since_ms)
                told = "; ".join(dict.fromkeys(one.text for one in breaches))
                said.append(f"{plant.name}: {told}, for {since}{_mark(mark)}.")
            else:
                said.append(f"{plant.name} is well: {_values(plant.traits, values)}{_mark(mark)}.")
        return "\n".join(said), simulated

    # Machines

    async def _health(self, intent: Intent) -> str:
        if self._parts.health is None:
            return "Nothing watches how machines wear."
        due = {one.asset for one in self._parts.health.maintenance() if one.asset}
        machines = [intent.place] if intent.place else sorted(due)
        if not machines:
            return "No machine needs maintenance, as far as anything shows."
        said: list[str] = []
        for asset in machines[:_MOST]:
            try:
                components = self._parts.health.of(asset)
            except NotFound as error:
                return str(error)
            name = self._name(asset)
            told = "; ".join(one.text for one in components if one.text)
            said.append(f"{name}: {told or 'nothing is known of how worn it is'}.")
        return "\n".join(said)

    # The whole

    def _status(self) -> str:
        parts = self._parts
        devices = parts.house.registry.devices()
        away = [one.name for one in devices if parts.house.watch.status(one.id) is DeviceStatus.OFFLINE]
        said = [f"{len(devices)} devices, {len(away)} away" + (f": {_listed(away)}." if away else ".")]
        if parts.alerts is not None:
            alerts = [f"{one.title}: {one.text}" for one in parts.alerts.open()]
            said.append(f"Alerts: {_listed(alerts)}." if alerts else "No alerts.")
        ill = [f"{name}: {one.detail}" for name, one in parts.wellbeing().items() if not one.ok]
        said.append(f"Parts of the gateway in trouble: {_listed(ill)}." if ill else "The gateway is well.")
        return " ".join(said)

    # Lists

    def _list(self, intent: Intent) -> Told:
        parts, what = self._parts, intent.parameter
        simulated = False
        if what == "devices":
            wanted = str(intent.value or "")
            known = [
                one
                for one in parts.house.registry.devices()
                if wanted in ("", str(parts.house.watch.status(one.id))) and self._at(intent.place, one.id)
            ]
            said = [f"{one.name} ({parts.house.watch.status(one.id)})" for one in known]
            simulated = any(parts.house.registry.simulated(one.id) for one in known)
        elif what == "rules":
            kept = [] if parts.rules is None else parts.rules.rules.list()
            about = self._ids(intent.place)
            said = [f"{one.rule.name} ({one.mode})" for one in kept if not about or _mentions(one.rule, about)]
        elif what == "alerts":
            about = self._ids(intent.place)
            open_ = [] if parts.alerts is None else parts.alerts.open()
            open_ = [one for one in open_ if not about or about & {one.asset, one.device}]
            said = [f"{one.title}: {one.text}" for one in open_]
            simulated = any(one.simulated for one in open_)
        elif what == "timers":
            said = (
                [] if parts.rules is None else [self._timer(one.name, one.due_ms) for one in parts.rules.timers.armed()]
            )
        elif what == "scenes":
            said = [] if parts.rules is None else [one.name for one in parts.rules.scenes.list()]
        elif what == "zones":
            said = [one.name for one in parts.house.home.zones()]
        elif what == "commands":
            return self._commands()
        else:
            kind = what.removesuffix("s")
            things = [one for one in self._house().things if kind in ("", one.kind) and one.what != "zone"]
            said = [one.name for one in things]
        named = {"": "things"}.get(what, what)
        about_it = f" about {self._name(intent.place)}" if intent.place and what in ("rules", "alerts") else ""
        if not said:
            return f"There are no {named}{about_it}.", simulated
        return f"{named.capitalize()}{about_it}: {_listed(said)}{_mark(simulated)}.", simulated

    def _ids(self, place: str) -> frozenset[str]:
        """A place and the devices that are it; empty: none was named."""
        at = [thing for thing in self._house().things if place and thing.id == place]
        return frozenset(one for thing in at for one in (thing.id, *thing.devices))

    def _at(self, place: str, device: str) -> bool:
        """Whether a device stands in a place; any does in none."""
        around = next(
            (thing.around for thing in self._house().things if (thing.what, thing.id) == ("device", device)), ()
        )
        return not place or any(where == place for _, where in around)

    def _timer(self, name: str, due_ms: int) -> str:
        wall = LocalTime(self._parts.zone).wall(due_ms)
        return f"{name} at {wall:%H:%M}, in {duration(due_ms - self._parts.clock())}"

    def _commands(self) -> Told:
        parts = self._parts
        found = [one for device in parts.house.registry.devices() for one in parts.house.commands.of(device.id)[:3]]
        found.sort(key=lambda one: one.created_ms, reverse=True)
        names = {one.id: one.name for one in parts.house.registry.devices()}
        said = [f"{names.get(one.device, one.device)} {one.verb} by {one.who} ({one.status})" for one in found[:6]]
        mark = any(parts.house.registry.simulated(one.device) for one in found[:6])
        return f"Commands: {_listed(said)}{_mark(mark)}." if said else "Nothing was ordered lately.", mark

    def _any_simulated(self) -> bool:
        registry = self._parts.house.registry
        return any(registry.simulated(one.id) for one in registry.devices())

    def _name(self, place: str) -> str:
        return next((thing.name for thing in self._house().things if thing.id == place), place)


def _mentions(known: object, ids: frozenset[str]) -> bool:
    """Whether any of the ids stands anywhere in a rule."""
    if isinstance(known, str):
        return known in ids
    if isinstance(known, dict):
        return any(_mentions(one, ids) for one in known.values())
    if isinstance(known, list | tuple):
        return any(_mentions(one, ids) for one in known)
    return isinstance(known, msgspec.Struct) and _mentions(msgspec.to_builtins(known), ids)


def _values(traits: object, values: dict[str, Found]) -> str:
    watched = traits.thresholds if isinstance(traits, PlantTraits) else {}
    shown = [metric for metric in values if metric in watched] or list(values)[:1]
    return ", ".join(f"{metric.replace('_', ' ')} {_short(values[metric])}" for metric in shown)


def _short(found: Found) -> str:
    return f"{found.value:.1f} {found.unit or ''}".strip()


def _listed(names: list[str]) -> str:
    more = len(names) - _MOST
    return ", ".join(names[:_MOST]) + (f" and {more} more" if more > 0 else "")


def _mark(simulated: bool) -> str:
    return ", SIMULATED" if simulated else ""
