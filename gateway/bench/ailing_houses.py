"""Houses that live for weeks under the eyes of the gateway's own flow, and what goes wrong in them on purpose."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from statistics import median

import msgspec

from ..core.anomaly.points import UNWATCHED
from ..core.insight import Nature
from ..simulator.faults import FaultKind, FaultySensors, SensorFault, apply, typical
from ..simulator.site import ASSET_ILLS, Device, Site
from ..simulator.world.ailments import Ailment, Ill
from ..simulator.world.sensor import SENSORS
from .households import DAY_MS, House, Recording, record, site_of
from .sensor_faults import Kind, suffers

HOUR_MS = 3_600_000
AFTER_MS = HOUR_MS
"""So long after a single reading an episode still counts; what lasts has to be told before its end, which is a leap."""
ILL_H, WORSENS_H = 24.0, 6.0
_BETWEEN_DAYS = 2
"""A machine is repaired after a day and runs well for one, so that each illness begins from health."""
_MACHINE_LEVELS = frozenset({"flow", "pressure", "vibration", "current", "temperature", "sound_level"})
_COUNTERS = frozenset({"energy"})
_TELLING_POWER = frozenset({"power", "heating_kw"})
SPIKE, DRIFT, LEVEL_SHIFT = "spike", "drift", "level_shift"
BY_DUTY = "scaling_by_duty"
"""Scale in a heater that says only how busy it is: no episode's matter, but that of the health of its months."""
SENSOR_KINDS = (
    Kind(SPIKE, FaultKind.SPIKE, 0, 0.0),
    Kind(DRIFT, FaultKind.DRIFT, 0, 24.0),
    Kind(LEVEL_SHIFT, FaultKind.LEVEL_SHIFT, 0, 8.0),
)
KINDS = (*(kind.name for kind in SENSOR_KINDS), *(ill.value for ill in Ill))


class Plan(msgspec.Struct, frozen=True):
    """What is lived through, and how often each fault comes."""

    houses: tuple[House, ...]
    commissioned_h: int
    """Hours of the first days (after the first one) that each machine's baseline is made of."""
    each: int
    """Sensor faults of each kind in each series; 0: `few` of each kind in the whole house."""
    few: int = 0

    @property
    def first_day(self) -> int:
        """From which day on false episodes count and faults begin."""
        return max(4, 1 + -(-self.commissioned_h // 24))


class Trouble(msgspec.Struct, frozen=True):
    """Something that goes wrong at one place, and for how long."""

    kind: str
    asset: str
    device: str
    metric: str
    start_ms: int
    end_ms: int
    """Until then an episode counts."""
    nature: Nature
    """What should be said of it."""
    fault: SensorFault | None = None
    """None: the machine itself is ill."""


class Found(msgspec.Struct, frozen=True):
    """What became of it."""

    trouble: Trouble
    delay_ms: int | None
    """From its first reading until an episode was open; None: missed."""
    hidden_ms: int
    """For so long the readings were the same as those of a well machine, within the sensors' noise."""
    episodes: int
    nature: str
    """What the episode said in the end; empty when missed."""
    reason: str
    after_false: bool
    """There was a false episode at this place within the week before."""


def sick(house: House, plan: Plan) -> tuple[list[Ailment], list[Recording]]:
    """The illnesses of the house's machines, and what these say under them. Without illness it is the same life."""
    site = site_of(house.seed)
    rng = random.Random(f"{house.seed} ailments")
    ailments: list[Ailment] = []
    for asset in site.assets:
        ills = sorted(ASSET_ILLS.get(type(asset), ()))
        for number, day in enumerate(range(plan.first_day, house.days - 1, _BETWEEN_DAYS) if ills else ()):
            start_ms = house.start_ms + int((day + rng.uniform(0.0, 0.7)) * DAY_MS) // 60_000 * 60_000
            end_ms = start_ms + round(ILL_H * HOUR_MS)
            if end_ms <= house.start_ms + house.days * DAY_MS:
                ailments.append(Ailment(ills[number % len(ills)], asset.id, start_ms, end_ms, WORSENS_H))
    return ailments, record(house, ailments, only={ailment.asset for ailment in ailments})


def troubles(house: House, plan: Plan, recordings: Sequence[Recording], ailments: Iterable[Ailment]) -> list[Trouble]:
    """All that goes wrong in the house, each by itself, in the order of time."""
    site = site_of(house.seed)
    devices = {device.id: device for device in site.devices}
    rng = random.Random(f"{house.seed} troubles")
    found: list[Trouble] = []
    for kind in SENSOR_KINDS:
        able = [(one, metric) for one in recordings for metric in one.series if _tells(kind, metric, one, site)]
        for one, metric in rng.sample(able, min(plan.few, len(able))) if plan.few else able * plan.each:
            found.append(_sensor_trouble(kind, metric, one, devices[one.device], house, plan, rng))
    for ailment in ailments:
        device = next(device for device in site.devices if device.asset == ailment.asset)
        by_duty = ailment.kind is Ill.SCALING and not _TELLING_POWER & set(device.metrics)
        end_ms = ailment.end_ms or ailment.start_ms
        name = BY_DUTY if by_duty else ailment.kind.value
        found.append(Trouble(name, ailment.asset, device.id, "", ailment.start_ms, end_ms, Nature.MACHINE))
    return sorted(found, key=lambda trouble: trouble.start_ms)


def _tells(kind: Kind, metric: str, recording: Recording, site: Site) -> bool:
    """Whether anybody could tell this fault from life in this series: of its kind, and by its size."""
    if metric in UNWATCHED:
        return False
    asset = next(device.asset for device in site.devices if device.id == recording.device)
    steady = bool(ASSET_ILLS.get(type(site.asset(asset)), frozenset()) - {Ill.SCALING})
    if kind.fault is FaultKind.LEVEL_SHIFT and steady and metric in _MACHINE_LEVELS:
        return True
    size = abs(typical(kind.fault, metric)) * (kind.hours if kind.fault is FaultKind.DRIFT else 1.0)
    return suffers(kind, metric, recording) and size > ordinary(kind, metric, recording)


def ordinary(kind: Kind, metric: str, recording: Recording) -> float:
    """What the series does by itself on an ordinary day, at most: how far it goes from one reading to the next, or, of
    what drifts for a day, how far it is from where it was a day before. The median of all days.
    """
    values = recording.series[metric]
    step_ms = recording.times[1] - recording.times[0]
    a_day = DAY_MS // step_ms
    back = a_day if kind.fault is FaultKind.DRIFT else 1
    apart = [abs(value - before) for before, value in zip(values, values[back:], strict=False)]
    return median(max(apart[at : at + a_day]) for at in range(0, len(apart) - a_day + 1, a_day))


def _sensor_trouble(
    kind: Kind, metric: str, recording: Recording, device: Device, house: House, plan: Plan, rng: random.Random
) -> Trouble:
    step_ms = house.interval_s * 1000
    length_ms = round(kind.hours * HOUR_MS) or step_ms
    until_ms = length_ms if kind.hours else length_ms + AFTER_MS
    last_day = house.days - until_ms / DAY_MS
    index = int(rng.uniform(plan.first_day, last_day) * DAY_MS / step_ms)
    size = typical(kind.fault, metric, rng.randrange(1 << 30))
    fault = _fault(kind, metric, recording, index, size, length_ms, house.seed)
    start_ms = fault.start_ms
    return Trouble(kind.name, device.asset, device.id, metric, start_ms, start_ms + until_ms, Nature.SENSOR, fault)


def _fault(
    kind: Kind, metric: str, recording: Recording, index: int, size: float, length_ms: int, seed: int
) -> SensorFault:
    """Where the sensor ends nobody can see how far off it is: then it is off the other way, or a little earlier."""
    value, sensor, start_ms = recording.series[metric][index], SENSORS[metric], recording.times[index]
    far = size * kind.hours if kind.fault is FaultKind.DRIFT else size
    if kind.fault is not FaultKind.SPIKE and not sensor.lowest <= value + far <= sensor.highest:
        size = -size
    fault = SensorFault(kind.fault, metric, start_ms, start_ms + length_ms, size)
    off = apply(fault, start_ms, value, value, seed)
    if kind.fault is FaultKind.SPIKE and off is not None and abs(off - value) < abs(size) / 2 and index:
        return _fault(kind, metric, recording, index - 1, size, length_ms, seed)
    return fault


def said(trouble: Trouble, well: Recording, ill: Recording | None, seed: int) -> list[tuple[int, dict[str, float]]]:
    """What the device says while it counts. Counters of a sick machine go on from those of the well one."""
    source = ill if trouble.fault is None and ill is not None else well
    sensors = FaultySensors([] if trouble.fault is None else [trouble.fault], seed)
    step_ms = well.times[1] - well.times[0]
    first, last = (-(-(time_ms - well.times[0]) // step_ms) for time_ms in (trouble.start_ms, trouble.end_ms))
    ahead = {
        metric: well.series[metric][first] - source.series[metric][first] for metric in _COUNTERS & set(well.series)
    }
    rows = [
        {metric: value + ahead.get(metric, 0.0) for metric, value in source.row(at).items()}
        for at in range(first, last)
    ]
    return [(source.times[first + at], sensors.read(source.times[first + at], row)) for at, row in enumerate(rows)]


def hidden_ms(trouble: Trouble, well: Recording, ill: Recording | None) -> int:
    """For how long nobody could see it: what the sick machine says is what the well one says, within the noise."""
    if trouble.fault is not None or ill is None:
        return 0
    for at, time_ms in enumerate(well.times):
        if time_ms >= trouble.start_ms and _differs(well.row(at), ill.row(at)):
            return time_ms - trouble.start_ms
    return trouble.end_ms - trouble.start_ms


def _differs(well: Mapping[str, float], ill: Mapping[str, float]) -> bool:
    for metric, value in well.items():
        sensor = SENSORS[metric]
        noise = sensor.noise * (abs(value) if sensor.relative else 1.0)
        if metric not in UNWATCHED and abs(ill[metric] - value) > 4.0 * max(noise, 10.0**-sensor.digits):
            return True
    return False
