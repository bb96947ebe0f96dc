"""From what a model proposes to a plain sentence, so that the gateway's own reader has the last word. Pure."""

from __future__ import annotations

from ...core.language.house import House, Thing
from ...core.language.intent import CandidateKind, Intent
from .proposed import Proposed, Times, When

_ABOVE = {">": "above", ">=": "at least", "<": "below", "<=": "at most"}
_DEEDS = {
    "turn_on": "turn on the {name}",
    "turn_off": "turn off the {name}",
    "set_position": "set the {name} to {value} percent",
    "set_temperature": "set the {name} to {value} degrees",
    "set_speed": "set the {name} to {value} percent",
    "run_for": "run the {name} for {value} seconds",
    "resume": "set the {name} back to automatic",
    "mute_alerts": "mute the alerts for {value} minutes",
    "unmute_alerts": "unmute the alerts",
}
_SAME = {("run_for", "turn_on"), ("turn_on", "run_for")}
"""Running for a while is said and done in both ways."""
_NO_TIMES = Times(for_s=0, after_s=0, at="", not_from="", not_to="")


def sentence(proposed: Proposed, house: House) -> str | None:
    """As a careful person would say it; None: it names something that is not there, or says nothing."""
    match proposed.kind:
        case "query":
            return _asked(proposed, house)
        case "command":
            deed = _deed(proposed, house)
            return None if deed is None or proposed.condition is not None else deed + _tail(proposed.schedule)
        case "rule":
            return _rule(proposed, house)
        case "none":
            return None


def agrees(proposed: Proposed, intent: Intent) -> bool:
    """Whether what was read from the sentence is what was proposed."""
    if intent.kind != proposed.kind or intent.also:
        return False
    if intent.kind == "query":
        return proposed.action in ("", intent.action) or proposed.action == "state"
    if (proposed.action, intent.action) not in _SAME and proposed.action != intent.action:
        return False
    if intent.device != proposed.device:
        return False
    if proposed.action.startswith("set_") and intent.value != proposed.value:
        return False
    wanted, read = proposed.condition, intent.condition
    if wanted is None or read is None:
        return wanted is None and read is None
    return (wanted.parameter, wanted.operator, wanted.value) == (read.parameter, read.operator, read.value)


def _asked(proposed: Proposed, house: House) -> str | None:
    if proposed.action == "plants":
        return "how are my plants"
    thing = _thing(house, proposed.place or proposed.device)
    if thing is None:
        return None
    if proposed.action == "state":
        return f"how is the {thing.name}"
    if proposed.parameter not in house.metrics:
        return None
    return f"what is the {_metric(proposed.parameter)} {_at(thing)}"


def _rule(proposed: Proposed, house: House) -> str | None:
    told = proposed.action == "notify"
    deed = "tell me" if told else _deed(proposed, house)
    times = proposed.schedule or _NO_TIMES
    if deed is None or times.after_s:
        return None
    if proposed.condition is None:
        return f"every day at {times.at} {deed}{_for(times)}" if times.at and not told else None
    when = _when(proposed.condition, house)
    if when is None or times.at:
        return None
    apart = f", but not between {times.not_from} and {times.not_to}" if times.not_from and times.not_to else ""
    return f"{deed} when {when}{apart}" if told else f"if {when}, {deed}{_for(times)}{apart}"


def _when(condition: When, house: House) -> str | None:
    thing = _thing(house, condition.place)
    if thing is None or condition.parameter not in thing.metrics:
        return None
    lasting = f" for {_span(condition.for_s)}" if condition.for_s else ""
    compared = f"{_ABOVE[condition.operator]} {condition.value:g}"
    return f"the {_metric(condition.parameter)} {_at(thing)} is {compared}{lasting}"


def _deed(proposed: Proposed, house: House) -> str | None:
    words = _DEEDS.get(proposed.action)
    if words is None or ("{value}" in words and proposed.value is None):
        return None
    device = house.thing("device", proposed.device)
    if "{name}" in words and (device is None or (proposed.action not in (*device.verbs, "resume"))):
        return None
    value = "" if proposed.value is None else f"{proposed.value:g}"
    return words.format(name="" if device is None else device.name, value=value)


def _tail(times: Times | None) -> str:
    if times is None:
        return ""
    later = f" in {_span(times.after_s)}" if times.after_s else f" at {times.at}" if times.at else ""
    return _for(times) + later


def _for(times: Times) -> str:
    return f" for {_span(times.for_s)}" if times.for_s else ""


def _span(seconds: int) -> str:
    for length, unit in ((3600, "hours"), (60, "minutes")):
        if seconds % length == 0:
            return f"{seconds // length} {unit}"
    return f"{seconds} seconds"


def _thing(house: House, thing_id: str) -> Thing | None:
    kinds: tuple[CandidateKind, ...] = ("asset", "zone", "device")
    return next((found for what in kinds if thing_id and (found := house.thing(what, thing_id))), None)


def _at(thing: Thing) -> str:
    return f"in the {thing.name}" if thing.kind in ("room", "zone", "outdoor") else f"of the {thing.name}"


def _metric(name: str) -> str:
    return name.replace("_", " ")
