"""Why a window should be where it should be, in one line that a person reads. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from .moment import Character, Missing, Moment
from .teacher import comfort_c, is_night, limit_db, temperature_c, wants

MOST_CHARS = 160
PLAIN_RULE = "the plain rule"
"""What people read where the teacher decides, because no model can: they are told of no teacher."""
_TELLING = 0.05
"""A reason weaker than this is not worth a word."""
_LEARNT_PP = 5.0
_SOUNDS = {
    Character.TRAFFIC: "dB of traffic",
    Character.VOICES: "dB of voices",
    Character.STEADY: "dB of hum",
    Character.SHARP: "dB of sharp noise",
}
_TAKEN_AS = {
    "humidity": "taken as dry",
    "sound": "taken as quiet",
    "co2": "not counted",
    "outdoor_temperature": "taken as 3 K colder",
    "outdoor_humidity": "taken as drier",
    "outdoor_mean": "comfort taken as 23 °C",
    "rain": "taken as none",
    "wind": "taken as none",
    "position": "taken as asked for last",
    "time": "taken from the gateway's own clock",
}
"""What an input that is missing is taken as."""
_SPARE = frozenset({"co2", "rain", "wind", "outdoor_mean", "outdoor_humidity", "position"})
"""Inputs that many homes never have: worth a word only when they were there."""


def why(
    moment: Moment,
    position_pct: float,
    cuts: Sequence[str] = (),
    missing: Sequence[Missing] = (),
    source: Literal["model", "teacher", "external"] = "model",
    learnt_pp: float = 0.0,
) -> str:
    """`26.4 °C is 1.9 above comfort, outside 18.2 °C, quiet: 55 %`: at most 160 characters.

    `learnt_pp`: how far lessons moved it. Raises Refused without a temperature.
    """
    clauses = [_comfort(moment), _outside(moment), *_moving(moment), *_sound(moment)]
    needed = [*(["learnt from you"] if abs(learnt_pp) >= _LEARNT_PP else []), *cuts]
    needed += {"model": [], "teacher": [f"by {PLAIN_RULE}"], "external": ["as another service answered"]}[source]
    spare = [fallback(one) for one in missing if is_told(one)]
    ending = f": {position_pct:.0f} %"
    # What was cut and learnt must be said; then the reasons in their order; what was guessed if there is room.
    first, rest = clauses[:1], clauses[1:]
    while rest and len(_joined([*first, *rest, *needed])) + len(ending) > MOST_CHARS:
        rest.pop()
    said = [*first, *rest, *needed]
    for clause in spare:
        if len(_joined([*said, clause])) + len(ending) <= MOST_CHARS:
            said.append(clause)
    return _shortened(_joined(said), MOST_CHARS - len(ending)) + ending


def fallback(missing: Missing) -> str:
    """`humidity unknown, taken as dry`: what it is taken as instead."""
    taken = _TAKEN_AS.get(missing.name, "not counted")
    return f"{missing.name.replace('_', ' ')} {missing.why}, {taken}"


def is_told(missing: Missing) -> bool:
    """Whether it is worth a word: not what this home never had, nor the outside, which has a clause of its own."""
    if missing.why == "unknown":
        return missing.name not in _SPARE and missing.name != "outdoor_temperature"
    return True


def _comfort(moment: Moment) -> str:
    inside = temperature_c(moment)
    above = inside - comfort_c(moment.outdoor_mean_c)
    if abs(above) < 0.05:
        return f"{inside:.1f} °C is comfortable"
    return f"{inside:.1f} °C is {abs(above):.1f} {'above' if above > 0 else 'below'} comfort"


def _outside(moment: Moment) -> str:
    outside = moment.outdoor_temperature_c
    return "outside unknown" if outside is None else f"outside {outside:.1f} °C"


def _moving(moment: Moment) -> Iterable[str]:
    """What moves it besides heat and sound, the strongest first."""
    found = wants(moment)
    drier = "" if moment.outdoor_humidity_pct is None or moment.outdoor_temperature_c is None else ", drier outside"
    air = "stuffy for hours" if moment.co2_ppm is None else f"air {moment.co2_ppm:.0f} ppm"
    damp = "" if moment.humidity_pct is None else f"damp {moment.humidity_pct:.0f} %{drier}"
    wind = "" if moment.wind_m_s is None else f"wind {moment.wind_m_s:.0f} m/s"
    told = [(found.air, air), (found.dry, damp), (found.rain, "rain"), (found.frost, "frost"), (found.wind, wind)]
    return [words for weight, words in sorted(told, key=lambda one: -one[0]) if weight >= _TELLING]


def _sound(moment: Moment) -> Iterable[str]:
    if moment.sound_db is None:
        return ()
    if moment.sound_db <= limit_db(moment.hour, moment.character):
        return ("quiet",)
    what = _SOUNDS.get(moment.character, "dB") if moment.character is not None else "dB"
    return (f"{moment.sound_db:.0f} {what}{' at night' if is_night(moment.hour) else ''}",)


def _joined(clauses: Sequence[str]) -> str:
    return ", ".join(clauses)


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
