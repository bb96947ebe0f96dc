"""Numbers and units in a sentence's words: `40 %`, `forty five`, `minus 5 degrees`, `1,5`. Pure.

A number that can be read in two ways says so: nobody's boiler is set to a guess.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from .tagged import Span


class Amount(msgspec.Struct, frozen=True, kw_only=True):
    """A number with or without a unit."""

    value: float
    unit: str = ""
    """As `core.units` writes it; `°`: degrees of whatever; other units as they were said."""
    other: float | None = None
    """What it may be as well; None: it is sure."""
    unsure: bool = False
    """It was said so that it may be something else altogether: `four five`."""
    fraction: bool = False
    """It was written with a point or a comma."""


class Counted(msgspec.Struct, frozen=True):
    """An amount in a sentence."""

    span: Span
    amount: Amount


_DIGITS = re.compile(r"-?\d+")
_FRACTION = re.compile(r"(-?\d+)[.,](\d+)")
_THOUSANDS = re.compile(r"-?\d{1,3}(?:[.,]\d{3})+")
_SHARE = re.compile(r"(\d)/(\d)")
_ONES = {
    word: value
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
_TENS = {
    word: 10 * value
    for value, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2)
}
NUMBER_WORDS = frozenset((*_ONES, *_TENS, "hundred", "thousand", "minus", "point"))
_UNITS: dict[tuple[str, ...], str] = {
    tuple(said.split()): unit
    for unit, ways in {
        "%": "%, percent, per cent, pct, percentage, percent humidity, % humidity, % rh",
        "°C": "°c, degrees celsius, degree celsius, degrees c, degree c, deg c, degc, celsius, c, "
        "degrees centigrade, "
        "centigrade, ° celsius, ° c",
        "°F": "°f, degrees fahrenheit, degree fahrenheit, degrees f, degree f, deg f, degf, fahrenheit, f, "
        "° fahrenheit",
        "°": "degrees, degree, deg, °, degs",
        "K": "kelvin, degrees kelvin",
        "ppm": "ppm, parts per million",
        "lx": "lx, lux",
        "dB": "db, decibel, decibels, dba",
        "W": "w, watt, watts",
        "kW": "kw, kilowatt, kilowatts",
        "kWh": "kwh, kilowatt hours, kilowatt hour",
        "hPa": "hpa, hectopascal, hectopascals, mbar, millibar, millibars",
        "bar": "bar, bars",
        "mm/h": "mm / h, mm per hour, mm an hour, millimetres per hour, millimeters per hour",
        "m/s": "m / s, meters per second, metres per second, meters a second, metres a second",
        "km/h": "km / h, kmh, kph, kilometers per hour, kilometres per hour, kilometers an hour, kilometres an hour",
        "l/min": "l / min, liters per minute, litres per minute, liters a minute, litres a minute, lpm",
        "A": "amp, amps, ampere, amperes",
        "V": "v, volt, volts",
        "mm/s": "mm / s, millimeters per second, millimetres per second",
        "cm": "cm, centimeter, centimeters, centimetre, centimetres",
        "mm": "mm, millimeter, millimeters, millimetre, millimetres",
        "inch": "inch, inches",
        "l": "liter, liters, litre, litres",
    }.items()
    for way in ways.split(",")
    for said in (way.strip(),)
}
_LONGEST_UNIT = max(map(len, _UNITS))
_OF_TIME = re.compile(r"[smhd]|secs?|seconds?|mins?|minutes?|h|hrs?|hours?|days?|weeks?|am|pm|oclock")


def find(words: Sequence[str]) -> list[Counted]:
    """All amounts in order, none overlapping another. What a unit of time follows is none."""
    found: list[Counted] = []
    at = 0
    while at < len(words):
        read = _number(words, at)
        if read is None:
            at += 1
            continue
        amount, end = read
        unit, end = _unit(words, end)
        if not unit and end < len(words) and _OF_TIME.fullmatch(words[end]):
            at += 1
            continue
        found.append(Counted((at, end), msgspec.structs.replace(amount, unit=unit)))
        at = end
    return found


def _unit(words: Sequence[str], at: int) -> tuple[str, int]:
    for length in range(_LONGEST_UNIT, 0, -1):
        said = tuple(words[at : at + length])
        unit = _UNITS.get(said)
        if unit is None or len(said) < length:
            continue
        return unit, at + length
    return "", at


def _number(words: Sequence[str], at: int) -> tuple[Amount, int] | None:
    if words[at] == "minus" and at + 1 < len(words):
        read = _number(words, at + 1)
        if read is None:
            return None
        amount = read[0]
        return msgspec.structs.replace(amount, value=-amount.value), read[1]
    return _digits(words, at) or _spelled(words, at)


def _digits(words: Sequence[str], at: int) -> tuple[Amount, int] | None:
    word = words[at]
    if (alone := _SHARE.fullmatch(word)) and alone[2] != "0":
        return Amount(value=int(alone[1]) / int(alone[2]), fraction=True), at + 1
    following = words[at + 1] if at + 1 < len(words) else ""
    if _DIGITS.fullmatch(word):
        share = _SHARE.fullmatch(following)
        if share and share[2] != "0":
            return Amount(value=float(word) + int(share[1]) / int(share[2]), fraction=True), at + 2
        if following == "point" and at + 2 < len(words) and words[at + 2].isdigit():
            return Amount(value=float(f"{word}.{words[at + 2]}"), fraction=True), at + 3
        return Amount(value=float(word)), at + 1
    if _THOUSANDS.fullmatch(word):
        whole = float(re.sub("[.,]", "", word))
        pieces = re.split("[.,]", word)
        # `1.500` is one and a half or fifteen hundred.
        small = float(".".join(pieces)) if len(pieces) == 2 else None
        return Amount(value=whole, other=small, fraction=True), at + 1
    if parts := _FRACTION.fullmatch(word):
        return Amount(value=float(f"{parts[1]}.{parts[2]}"), fraction=True), at + 1
    return None


def _spelled(words: Sequence[str], at: int) -> tuple[Amount, int] | None:
    """`forty five`, `a hundred and twenty`, `twenty one point five`; `four five` is not sure."""
    total, end, sure = 0.0, at, True
    if words[at] in ("a", "one") and words[at + 1 : at + 2] in (("hundred",), ["hundred"]):
        total, end = 100.0, at + 2
    else:
        read = _below_hundred(words, at)
        if read is None:
            return None
        total, end, sure = read
        if words[end : end + 1] in (("hundred",), ["hundred"]) and total < 100:
            total, end = total * 100, end + 1
    if total >= 100:
        start = end + 1 if words[end : end + 1] in (("and",), ["and"]) else end
        rest = _below_hundred(words, start)
        if rest is not None:
            total, end, sure = total + rest[0], rest[1], sure and rest[2]
    if words[end : end + 1] in (("point",), ["point"]) and end + 1 < len(words) and words[end + 1] in _ONES:
        tenth = _ONES[words[end + 1]]
        if tenth < 10:
            return Amount(value=total + tenth / 10, fraction=True), end + 2
    if list(words[end : end + 3]) == ["and", "a", "half"]:
        return Amount(value=total + 0.5, fraction=True), end + 3
    return Amount(value=total, unsure=not sure), end


def _below_hundred(words: Sequence[str], at: int) -> tuple[float, int, bool] | None:
    word = words[at] if at < len(words) else ""
    following = words[at + 1] if at + 1 < len(words) else ""
    if word in _TENS:
        ones = _ONES.get(following, 0)
        if 0 < ones < 10:
            return _TENS[word] + ones, at + 2, True
        return float(_TENS[word]), at + 1, True
    if word in _ONES:
        if following in _ONES or following in _TENS:
            # `four five`: a four and a five, or forty five?
            return 10.0 * _ONES[word] + _ONES.get(following, 0), at + 2, False
        return float(_ONES[word]), at + 1, True
    return None
