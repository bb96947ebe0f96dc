"""What places and metrics are called: one standard name behind every way people say it. Pure."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Literal

import msgspec

_APOSTROPHES = str.maketrans(dict.fromkeys("\u2019\u2018\u02bc\u00b4`", "'"))
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_LONGEST_TEXT = 200
"""Characters of a question that are looked at."""
_ALMOST = 0.8
"""How alike a misspelled word is to what was meant, from 0 to 1."""
_LONG = 5
"""Shorter words are too alike to be guessed."""

Words = tuple[str, ...]


def words(text: str) -> Words:
    """The words of a name or a question, without case, accents, possessive 's and punctuation.

    `Zone-B` -> ("zone", "b"), `Anna's Küche` -> ("anna", "kuche").
    """
    plain = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)).casefold()
    bare = unicodedata.normalize("NFC", "".join(char for char in plain if not "\u0300" <= char <= "\u036f"))
    return tuple(word for piece in bare.split() for word in _split(piece))


def _split(piece: str) -> Iterator[str]:
    """`what's` -> what; `o'neill-b` -> o, neill, b."""
    kept = "".join(char if char.isalnum() or char == "'" or unicodedata.combining(char) else " " for char in piece)
    for word in kept.split():
        yield from word.removesuffix("'s").replace("'", " ").split()


def spellings(text: str) -> set[Words]:
    """The ways in which a name may be written: `Küche` also as `Kueche`, `Anna's room` also as `Annas room`."""
    composed = unicodedata.normalize("NFC", text)
    bare = text.translate(_APOSTROPHES).replace("'", "")
    found = {words(text), words(composed.translate(_UMLAUTS)), words(bare)}
    # A name that has a small word in it is found without it, as questions lose theirs; `Zone A` needs its letter.
    found |= {tuple(word for word in said if len(word) == 1 or word not in FILLERS) for said in found}
    return found - {()}


_SAID = {
    "temperature": "temperature, temperatures, temp, temps, air temperature, how warm, how hot, how cold, how cool, "
    "how many degrees, temperatur, temperaturen, lufttemperatur, wie warm, wie heiß, "
    "wie kalt, wie viel grad, wieviel grad",
    "humidity": "humidity, hum, rh, relative humidity, air humidity, how humid, luftfeuchtigkeit, "
    "luftfeuchte, feuchtigkeit, feuchte, relative luftfeuchtigkeit, relative feuchte, relative luftfeuchte",
    "soil_moisture": "soil moisture, soil humidity, soil, moisture, how moist, how wet, how dry, soil wetness, "
    "how wet is the soil, how dry is the soil, how moist is the soil, bodenfeuchte, bodenfeuchtigkeit, erdfeuchte, "
    "wie feucht, wie trocken, wie nass",
    "co2": "co2, co 2, carbon dioxide, co2 level, air quality, kohlendioxid, kohlenstoffdioxid, luftqualität, luftgüte",
    "light_level": "light level, light, lights level, lux, lx, brightness, illuminance, how bright, how dark, "
    "how light, licht, helligkeit, lichtstärke, beleuchtungsstärke, wie hell, wie dunkel",
    "sound_level": "sound level, sound, sound volume, noise, noise level, loudness, volume, decibel, decibels, db, "
    "how loud, how noisy, how quiet, lautstärke, lärm, lärmpegel, geräuschpegel, schallpegel, wie laut, wie leise",
    "pressure": "pressure, air pressure, barometric pressure, atmospheric pressure, water pressure, barometer, "
    "druck, luftdruck, wasserdruck",
    "rain": "rain, rainfall, precipitation, how much rain, how rainy, regen, niederschlag, regenmenge",
    "wind": "wind, wind speed, how windy, wie windig, windgeschwindigkeit, windstärke",
    "power": "power, watts, watt, wattage, power draw, power consumption, power use, power usage, how many watts, "
    "leistung, leistungsaufnahme, wie viel watt",
    "energy": "energy, kwh, kilowatt hours, energy use, energy usage, energy consumption, consumption, energie, "
    "energieverbrauch, stromverbrauch, verbrauch",
    "flow": "flow, flow rate, water flow, durchfluss, durchflussmenge",
    "current": "electric current, current draw, amps, ampere, amperes, amperage, strom, stromstärke",
    "vibration": "vibration, vibrations, how much vibration, schwingung, schwingungen, erschütterung",
    "position": "position, opening, how far open, how open, how wide open, stellung, öffnung, wie weit offen",
    "battery": "battery, battery level, battery voltage, batterie, batteriespannung, akku",
    "speed": "speed, rotation speed, how fast, drehzahl, wie schnell",
    "duty": "duty, duty cycle",
}
_ALONE = {
    "temperature": "hot, warm, cold, cool, heiß, kalt",
    "humidity": "humid, feucht",
    "soil_moisture": "dry, wet, moist, trocken, nass",
    "light_level": "bright, dark, hell, dunkel, lights",
    "sound_level": "loud, noisy, quiet, laut, leise",
    "wind": "windy, windig",
    "rain": "raining, rainy",
    "position": "open",
    "current": "current",
}
"""What names a metric only where nothing else does: `current` mostly means now, `hot water` is a place."""
METRIC_WORDS: Mapping[Words, str] = {
    spelled: metric
    for table in (_SAID, _ALONE)
    for metric, said in table.items()
    for way in (metric, *said.split(","))
    for spelled in (words(way), words(way.translate(_UMLAUTS)))
}
"""The metric behind a sequence of words."""
_WEAK = frozenset(words(way) for said in _ALONE.values() for way in said.split(","))

FILLERS = frozenset(
    words(
        "what whats which is are was were s it its the a an in at on of for from to by inside within near and there "
        "here current currently now today moment please thanks how much many tell me show give get check say know let "
        "do does did you can could would will i want need hey hi hello my our your this that like be been has have got "
        "with wie ist sind war der die das dem des ein eine einer einem im ins am an auf bei von vom zu zur zum es "
        "gerade jetzt aktuell aktuelle aktuellen aktueller momentan derzeit heute bitte zeig zeige mir sag sage nenne "
        "welche welcher welchen hat haben hoch viel und mein meine meiner meinem gibt"
    )
)
"""Words of a question that name neither a place nor a metric."""
_OF_SENSORS = frozenset(
    words(
        "sensor sensors device node reading readings value values level measurement measurements number sensoren gerät "
        "wert werte messwert messung"
    )
)
_OF_PLACES = frozenset(words("room zone area space place spot plant raum zimmer bereich ort pflanze den"))
_GENERIC = (_OF_SENSORS, _OF_SENSORS | _OF_PLACES)
"""Words that may stand beside a name without being part of it, from the emptiest on."""


def metric_of(text: str) -> str | None:
    """The standard name of a metric however it is said; None: no such is known."""
    return METRIC_WORDS.get(words(text))


class Named(msgspec.Struct, frozen=True):
    """A place that people can ask for."""

    what: Literal["zone", "asset", "device"]
    id: str
    name: str


_ORDER = ("zone", "asset", "device")


class Names:
    """Everything that has a name. Made anew when one changes, never asked by a reading.

    `entries`: each with all that it is called: id, name, synonyms.
    """

    def __init__(self, entries: Iterable[tuple[Named, Iterable[str]]]) -> None:
        self._exact: defaultdict[Words, list[Named]] = defaultdict(list)
        self._any_order: defaultdict[Words, list[Named]] = defaultdict(list)
        self._in_one: defaultdict[str, list[Named]] = defaultdict(list)
        self._all: list[tuple[Named, list[frozenset[str]]]] = []
        for named, called in entries:
            ways = {way for text in called for way in spellings(text)}
            for way in ways:
                self._exact[way].append(named)
                self._any_order[tuple(sorted(way))].append(named)
                self._in_one["".join(way)].append(named)
            self._all.append((named, [frozenset(way) for way in ways]))

    def find(self, given: Words) -> list[Named]:
        """What is called so: zones first, then assets, then devices; several of the first kind: it is not clear which.

        The same words; else in another order; else written in one or apart; else all that have these words among
        theirs; else the same without words like `room` or `sensor`.
        """
        shorter = (tuple(word for word in given if word not in generic) for generic in _GENERIC)
        return next((found for way in (given, *shorter) if (found := self._called(way))), [])

    def _called(self, given: Words) -> list[Named]:
        if not given:
            return []
        found = (
            self._exact.get(given)
            or self._any_order.get(tuple(sorted(given)))
            or self._in_one.get("".join(given))
            or []
        )
        if not found:
            wanted = frozenset(given)
            found = [named for named, ways in self._all if any(wanted <= way for way in ways)]
        return sorted(dict.fromkeys(found), key=lambda named: _ORDER.index(named.what))

    def near(self, given: Words, most: int = 3) -> list[Named]:
        """What is spelled almost like it, the nearest first."""
        from difflib import get_close_matches  # a question that finds its place needs none of it

        close = get_close_matches("".join(given), self._in_one, most, _ALMOST)
        return list(dict.fromkeys(named for way in close for named in self._in_one[way]))[:most]


def question(text: str, also: Iterable[str] = ()) -> tuple[Words, str | None]:
    """(words of the place, metric) of a question; the longest name of a metric in it is the metric.

    `also`: metrics that devices have besides those known by name.
    """
    return next(readings(text, also))


def readings(text: str, also: Iterable[str] = ()) -> Iterator[tuple[Words, str | None]]:
    """Every way to take a question, the best first: what names a metric may be part of a place's name instead."""
    said = words(text[:_LONGEST_TEXT])
    metrics = METRIC_WORDS if not also else {**METRIC_WORDS, **_spoken(frozenset(also))}
    spans = sorted(_spans(said, metrics), key=lambda span: _worth(said, span))
    for start, end in spans:
        yield _place(said, start, end), metrics[said[start:end]]
    if spans:
        taken = {at for start, end in spans for at in range(start, end)}
        best = spans[0]
        others = tuple("" if at in taken else word for at, word in enumerate(said))
        yield _place(others, *best), metrics[said[slice(*best)]]
    yield _place(said, 0, 0), None
    if not spans:
        for at, metric in _misspelled(said):
            yield _place(said, at, at + 1), metric


def _misspelled(said: Words) -> Iterator[tuple[int, str]]:
    """Words that are almost a metric's name: `temprature`."""
    from difflib import get_close_matches  # as in `near`

    single = {name[0]: metric for name, metric in METRIC_WORDS.items() if len(name) == 1 and len(name[0]) >= _LONG}
    for at, word in enumerate(said):
        for close in get_close_matches(word, single, 1, _ALMOST) if len(word) >= _LONG and word not in FILLERS else ():
            yield at, single[close]


@lru_cache(maxsize=4)
def _spoken(metrics: frozenset[str]) -> dict[Words, str]:
    return {words(metric): metric for metric in metrics}


def _spans(said: Words, metrics: Mapping[Words, str]) -> list[tuple[int, int]]:
    longest = max(map(len, metrics))
    return [
        (start, end)
        for start in range(len(said))
        for end in range(start + 1, min(start + longest, len(said)) + 1)
        if said[start:end] in metrics
    ]


def _worth(said: Words, span: tuple[int, int]) -> tuple[bool, int, int]:
    """The least is the best."""
    start, end = span
    return said[start:end] in _WEAK, start - end, start


def _place(said: Words, start: int, end: int) -> Words:
    """What is left without the metric and the fillers."""
    kept: list[str] = []
    before = ""
    for at, word in enumerate(said):
        if start <= at < end:
            before = ""
            continue
        # `zone a` is a name, `in a zone` is not; the right wing is a place, right now is not.
        letter = word == "a" and bool(before) and before not in FILLERS
        at_once = word == "right" and said[at + 1 : at + 2] == ("now",)
        if letter or (word and word not in FILLERS and not at_once):
            kept.append(word)
        before = word
    return tuple(kept)
