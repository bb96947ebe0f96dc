"""Words for kinds of things and for what is measured, as people use them without a name. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..names import METRIC_WORDS
from .house import Thing
from .words import spelled

_KINDS: Mapping[str, str] = {
    "window": "window, skylight, roof window, window opener, window actuator",
    "fan": "fan, ventilator, exhaust fan, extractor fan, extractor, blower, ventilation fan, exhaust",
    "heater": "heater, boiler, water heater, hot water heater, water boiler, heating, immersion heater, "
    "hot water tank, "
    "hot water cylinder, geyser",
    "pump": "pump, water pump",
    "plant": "plant, flower, potted plant, house plant, houseplant",
    "room": "room",
    "zone": "zone, floor, area",
    "sensor": "sensor, thermometer, hygrometer, climate sensor, weather station, probe",
    "device": "device, node, gadget, thing, appliance, machine",
    "outdoor": "outdoors, outside, outdoor, open air, the open air",
    "light": "light, lamp, light bulb, bulb",
    "other": "heating element, radiator, thermostat, door, blind, shutter, curtain, tv, television, radio, "
    "oven, stove, "
    "music, alarm, socket, plug, valve, sprinkler, air conditioner, air conditioning, ac, aircon, "
    "dehumidifier, humidifier, "
    "garage, garage door, lock, gate, camera, dishwasher, washing machine, dryer, vacuum, router, gas, water, "
    "tap, stereo, "
    "speaker, fridge, freezer, toaster, kettle, coffee machine, hatch, awning, roof",
}
"""What is said of a kind; the plural is made from it. `other` and `light`: things no house here has by kind."""
_OF_THING: Mapping[str, frozenset[str]] = {
    "window": frozenset({"window"}),
    "fan": frozenset({"fan"}),
    "heater": frozenset({"heater", "water_heater"}),
    "pump": frozenset({"pump"}),
    "plant": frozenset({"plant"}),
    "room": frozenset({"room"}),
    "zone": frozenset({"zone"}),
    "sensor": frozenset({"climate", "plant", "outdoor"}),
    "outdoor": frozenset({"outdoor"}),
}
_CALLED = "called "
"""Before a kind that only the names of a house tell."""
_SHORTEST = 4
_NEVER_PLURAL = frozenset({"outdoors", "outside", "outdoor", "open air", "the open air", "music", "exhaust", "heating"})
_MORE_METRICS = {
    "temperature": "room temperature, soil temperature, water temperature, warmth",
    "humidity": "dampness, moisture in the air, air moisture, rel humidity",
    "soil_moisture": "soil water, water in the soil, wetness of the soil, soil moisture level, moisture of the soil",
    "co2": "carbon dioxide level, carbon dioxide concentration, co2 concentration, air quality level, "
    "co2 value, stuffiness",
    "light_level": "light intensity, luminosity, amount of light, lighting, daylight, sunlight, illumination, "
    "light conditions",
    "sound_level": "sound pressure, sound pressure level, loudness level, noise volume, volume level",
    "pressure": "barometric reading",
    "rain": "amount of rain, rain rate, rain intensity",
    "wind": "wind strength, wind force, windspeed",
    "power": "electrical power, power level, electricity use, electricity usage, electricity consumption, load, "
    "energy draw, power demand",
    "energy": "electricity, energy used, energy consumed",
    "flow": "flow of water, water flow rate",
    "vibration": "vibration level, vibrations level, shaking",
    "position": "opening position",
    "battery": "battery charge, battery state, charge level, battery voltage level",
    "speed": "rpm, rotational speed",
    "duty": "duty ratio",
}
_NOT_NOUNS = frozenset(
    spelled_word
    for said in [
        "hot",
        "warm",
        "cold",
        "cool",
        "humid",
        "dry",
        "wet",
        "moist",
        "bright",
        "dark",
        "loud",
        "noisy",
        "quiet",
        "windy",
        "raining",
        "rainy",
        "open",
        "lights",
        "hum",
        "rh",
        "heiß",
        "kalt",
        "feucht",
        "trocken",
        "nass",
        "hell",
        "dunkel",
        "laut",
        "leise",
        "windig",
        "watt",
        "watts",
        "lx",
        "lux",
        "db",
        "decibel",
        "decibels",
        "kwh",
        "amps",
        "ampere",
        "amperes",
        "sound",
        "strom",
    ]
    for spelled_word in ("".join(spelled(said)),)
)
"""Words that name a metric elsewhere but are adjectives, units or too short here."""


def of_kind(thing: Thing, kind: str) -> bool:
    """Whether a thing is what that word says."""
    if kind == "device":
        return thing.what == "device"
    if kind == "zone":
        return thing.what == "zone"
    if kind in ("window", "sensor"):
        return thing.what == "device" and thing.kind in _OF_THING[kind]
    if kind.startswith(_CALLED):
        return spelled(thing.name)[-1:] == (kind.removeprefix(_CALLED),)
    known = _OF_THING.get(kind)
    return thing.kind in known if known is not None else bool(kind) and thing.kind == kind


def spoken(kind: str) -> str:
    """A kind as people say it."""
    return kind.removeprefix(_CALLED).replace("_", " ")


def kind_words(things: Sequence[Thing]) -> dict[str, tuple[str, bool]]:
    """Joined words -> (kind, plural); kinds that only this house has are called by their own name."""
    known = frozenset(kind for kinds in _OF_THING.values() for kind in kinds)
    found: dict[str, tuple[str, bool]] = {"everywhere": ("room", True)}
    own = {thing.kind: thing.kind.replace("_", " ") for thing in things if thing.kind and thing.kind not in known}
    for kind, said in {**own, **_KINDS}.items():
        for way in said.split(","):
            joined = "".join(spelled(way))
            found.setdefault(joined, (kind, False))
            if way.strip() not in _NEVER_PLURAL:
                found.setdefault(_plural(joined), (kind, True))
    for word in _last_words(things):
        found.setdefault(word, (_CALLED + word, False))
        found.setdefault(_plural(word), (_CALLED + word, True))
    return found


def _last_words(things: Sequence[Thing]) -> Iterable[str]:
    """What things are by the last words of their names: `Roof vent` and `Side vent` are vents."""
    for thing in things:
        words = spelled(thing.name)
        if len(words) > 1 and words[-1].isalpha() and len(words[-1]) >= _SHORTEST and thing.what != "zone":
            yield words[-1]


def _plural(word: str) -> str:
    return word[:-1] + "ies" if word.endswith("y") else word + "es" if word.endswith(("x", "ch", "sh")) else word + "s"


def metric_words(metrics: Iterable[str]) -> dict[str, str]:
    """Joined words -> metric; `metrics`: those this house has besides."""
    found = {
        "".join(said): metric
        for said, metric in METRIC_WORDS.items()
        if said[0] not in ("how", "wie") and "".join(said) not in _NOT_NOUNS
    }
    for metric, ways in _MORE_METRICS.items():
        found.update({"".join(spelled(way)): metric for way in ways.split(",")})
    for metric in metrics:
        found.setdefault("".join(spelled(metric.replace("_", " "))), metric)
    return found
