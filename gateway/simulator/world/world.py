"""A whole site going through its days, in equal steps, so that its course never depends on who looks when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...core.errors import NotFound, Refused
from ..site import (
    ASSET_ILLS,
    Asset,
    Device,
    FanAsset,
    HeaterAsset,
    OutdoorAsset,
    PlantAsset,
    PumpAsset,
    RoomAsset,
    Site,
)
from . import habits
from .ailments import HEALTHY, Ailment, ills
from .fan import Fan
from .happenings import Happening, extras
from .heater import Heater
from .model import Machine, Model, Moment
from .outdoor import Outdoor
from .plant import Plant
from .pump import Pump
from .room import Room, Sound
from .sensor import measured
from .weather import HOUR_MS, sky, solar_hour

STEP_MS = 10_000
_BLOCK_MS = 6 * HOUR_MS
_STEP_S = STEP_MS / 1000


class World:
    """The truth behind every reading. Same site, seed, happenings, ailments and windows: same values at the same world
    times.

    It begins at the full quarter of the day six to twelve hours before `start_ms`, so that rooms have settled and
    two worlds started in the same quarter agree. Nothing beside everyday life happens until `start_ms`.
    """

    def __init__(
        self,
        site: Site,
        seed: int,
        start_ms: int,
        happenings: Iterable[Happening] = (),
        ailments: Iterable[Ailment] = (),
    ) -> None:
        self._site = site
        self._seed = seed
        self._happenings: tuple[Happening, ...] = ()
        self._ailments: tuple[Ailment, ...] = ()
        outdoor = Outdoor()
        rooms = {a.id: Room(a.id, a.shape, seed) for a in site.assets if isinstance(a, RoomAsset)}
        self._rooms = rooms
        self._models: dict[str, Model] = {**rooms}
        for asset in site.assets:
            if asset.id not in self._models:
                self._models[asset.id] = _model(asset, rooms, outdoor, seed)
        for asset in site.assets:
            fan = self._models[asset.id]
            if isinstance(asset, FanAsset) and isinstance(fan, Fan) and asset.serves in rooms:
                rooms[asset.serves].fans += (fan,)
        # The sky and the rooms first: plants look at them.
        self._order: list[Model] = [outdoor, *self._models.values()]
        self._time_ms = start_ms // _BLOCK_MS * _BLOCK_MS - _BLOCK_MS
        self._values: dict[str, dict[str, float]] = {}
        self.advance(start_ms)
        self._happenings = tuple(happenings)
        for ailment in ailments:
            self.ail(ailment)

    def advance(self, time_ms: int) -> None:
        """Let the world go on to `time_ms`; nothing happens when it is already there."""
        while self._time_ms + STEP_MS <= time_ms:
            moment = self._moment()
            for model in self._order:
                model.step(moment, _STEP_S)
            self._time_ms += STEP_MS
            self._values.clear()

    def measure(self, device: Device, time_ms: int) -> dict[str, float]:
        """What the device's sensors say at `time_ms`, by metric."""
        self.advance(time_ms)
        truth = self._values.get(device.asset)
        if truth is None:
            truth = self._values[device.asset] = self._models[device.asset].values()
        return {metric: measured(truth[metric], metric, device.id, self._seed, time_ms) for metric in device.metrics}

    def hear(self, room: str, time_ms: int) -> Sound:
        """What a microphone in a room hears at `time_ms`. Raises NotFound."""
        self.advance(time_ms)
        if room not in self._rooms:
            raise NotFound(f"there is no room {room!r}")
        return self._rooms[room].sound

    def set_window(self, room: str, position_pct: float) -> None:
        """Put the window of a room somewhere; felt from the next step on. Raises NotFound."""
        if room not in self._rooms:
            raise NotFound(f"there is no room {room!r}")
        self._rooms[room].window_pct = min(100.0, max(0.0, position_pct))
        self._values.pop(room, None)

    def actuate(self, asset: str, verb: str, args: Mapping[str, object]) -> None:
        """Do something to a machine; felt from the next step on. Raises NotFound, or Refused when it cannot."""
        if asset not in self._models:
            raise NotFound(f"there is no {asset!r}")
        machine = self._models[asset]
        if not isinstance(machine, Machine):
            raise Refused(f"{asset} cannot {verb}")
        machine.actuate(verb, args, self._time_ms)

    def ail(self, ailment: Ailment) -> None:
        """A machine falls ill when its time comes. Raises NotFound, or Refused when it cannot have that."""
        if ailment.asset not in self._models:
            raise NotFound(f"there is no {ailment.asset!r}")
        if ailment.kind not in ASSET_ILLS.get(type(self._site.asset(ailment.asset)), ()):
            raise Refused(f"{ailment.asset} cannot have {ailment.kind.value}")
        self._ailments += (ailment,)

    def _moment(self) -> Moment:
        now_ms, seed, climate = self._time_ms, self._seed, self._site.site.climate
        hour = solar_hour(climate, now_ms)
        return Moment(
            time_ms=now_ms,
            hour=hour,
            sky=sky(climate, seed, now_ms),
            street_db=habits.street_db(seed, now_ms, hour),
            shower=habits.shower_is_on(seed, now_ms, hour),
            tap_l_min=habits.tap_l_min(seed, now_ms, hour),
            extra=extras(self._happenings, now_ms),
            ills=ills(self._ailments, now_ms) if self._ailments else HEALTHY,
        )


def _model(asset: Asset, rooms: dict[str, Room], outdoor: Outdoor, seed: int) -> Model:
    match asset:
        case PlantAsset():
            return Plant(asset.id, asset.shape, rooms.get(asset.room, outdoor), seed)
        case HeaterAsset():
            return Heater(asset.built, asset.id, seed)
        case PumpAsset():
            return Pump(asset.shape, asset.id, seed)
        case FanAsset():
            return Fan(asset.shape, asset.id, seed)
        case OutdoorAsset():
            return outdoor
        case RoomAsset():
            return rooms[asset.id]
