"""Plain orders, told from everything else by a few regular expressions: a second opinion that shares nothing with the
reader but the names in the house.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator

from ..core.language.corpus import Row, Wanted
from ..core.language.house import House, Thing

_COURTESY = re.compile(
    r"\b(?:(?:can|could|would|will) you|the|a|an|my|our|that|please|hey|hi|hello|now|just|kindly|thanks|thank you"
    r"|for me|right away)\b"
)
_NAMELESS = {
    "mute alerts": "mute_alerts",
    "unmute alerts": "unmute_alerts",
    "cancel that": "undo",
    "cancel": "undo",
    "undo": "undo",
    "undo that": "undo",
}
_KINDS = {"window": ("window",), "heater": ("heater", "boiler"), "pump": ("pump",), "fan": ("fan",)}
_SWITCHES = "turn|switch|put|power"
_TO = "(?:up |down )?(?:to |at |on )?V"
_OPENED = rf"{_TO}(?: ?%| percent)?(?: open)?"
_PATTERNS: dict[str, tuple[str, ...]] = {
    "turn_on": (rf"(?:{_SWITCHES}) on N", rf"(?:{_SWITCHES}) N on", "N (?:on|start|run)", "start N", "run N"),
    "turn_off": (rf"(?:{_SWITCHES}|shut) off N", rf"(?:{_SWITCHES}|shut) N off", "N (?:off|stop)", "stop N"),
    "set_position": (
        rf"(?:open|close|set|put|move|turn) (?:up )?(?:position )?(?:of )?N (?:position )?{_OPENED}",
        rf"N {_OPENED}",
    ),
    "set_temperature": (
        rf"(?:set|heat|turn|change|put|make) (?:up |down )?(?:temperature )?(?:of )?N (?:temperature )?{_TO}"
        r"(?: ?°c?| ?c| degrees?| degrees c| degrees celsius)?",
        rf"N {_TO}(?: ?°c?| ?c| degrees?)?",
    ),
    "set_speed": (
        rf"(?:set|put|turn|run) (?:speed )?(?:of )?N (?:speed )?{_TO}(?: ?%| percent)?",
        rf"N {_TO}(?: ?%| percent)?",
    ),
    "run_for": (r"(?:run|start) N (?:for )?V s(?:ec|econds)?",),
}
_CONDITION = re.compile(
    r"it (?:rains|is raining)|(?:\w+ ){0,6}(?:is|gets|goes|rises|falls|stays) (?:above|over|below|under) [0-9]+"
    r"(?: ?%| percent)?"
)
_DAILY = re.compile(
    r"^(?:every|each) (?:day|morning|evening) (?P<front>.+) at [0-9]{1,2}(?: [0-9]{2})?$"
    r"|^(?P<back>.+) (?:every|each) (?:day|morning|evening) at [0-9]{1,2}(?: [0-9]{2})?$"
)
_TENS = {word: str(10 * (at + 2)) for at, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy"])}
_PARTS = {"quarter": "25", "half": "50"}
_LEADS = re.compile(
    r"^(?:and|do|then|so|also|ok|it 's (?:so |too |very )?(?:cold|freezing|hot|warm|stuffy|humid|damp)) "
)
_WHILE = re.compile(r" for [0-9]+ (?:s|sec|seconds?|min|minutes?|h|hours?)$")
_ENDS = {100.0: ("open N", "open up N", "fully open N", "open N fully"), 0.0: ("close N", "shut N", "close up N")}


class PlainOrders:
    """What a plain order of this house must come to. `rows`: sentences that are known to be right besides."""

    def __init__(self, house: House, rows: Iterable[Row] = ()) -> None:
        self._names: defaultdict[str, list[Thing]] = defaultdict(list)
        for thing in house.things:
            for name in _names(house, thing):
                self._names[name].append(thing)
        named = "|".join(re.escape(name) for name in sorted(self._names, key=len, reverse=True))
        self._ends = [(value, _compiled(pattern, named)) for value, said in _ENDS.items() for pattern in said]
        self._most = _compiled("(?:max|full speed) on N", named)
        self._patterns = [(verb, _compiled(one, named)) for verb, said in _PATTERNS.items() for one in said]
        self._known: defaultdict[str, list[Wanted]] = defaultdict(list)
        for row in rows:
            for say in row.say if not row.heard else ():
                self._known[plain(say)] += row.want

    def wanted(self, text: str) -> tuple[dict[str, object], ...]:
        """All that it may mean, each as a row wants it; nothing: it is no plain order."""
        return self._wanted(_LEADS.sub("", plain(text)))

    def _wanted(self, said: str) -> tuple[dict[str, object], ...]:
        first, both, second = said.partition(" and ")
        if both and self._wanted(second):
            return tuple({**want, "also": 1} for want in self._wanted(first))
        found: list[dict[str, object]] = [dict(want) for want in self._known.get(said, ())]
        if rules := self._rules(said):
            return rules
        if (daily := _DAILY.match(said)) is not None:
            return tuple({**want, "kind": "rule"} for want in self._wanted(daily["front"] or daily["back"]))
        said = _WHILE.sub("", said)
        if (match := self._most.fullmatch(said)) is not None:
            found += self._orders(match["name"], "set_speed", 100.0)
        if said in _NAMELESS:
            found.append({"kind": "command", "action": _NAMELESS[said]})
        for verb, pattern in self._patterns:
            if (match := pattern.fullmatch(said)) is not None:
                groups = match.groupdict()
                found += self._orders(groups["name"], verb, float(groups["value"]) if groups.get("value") else None)
        for value, pattern in self._ends:
            if (match := pattern.fullmatch(said)) is not None:
                found += self._orders(match["name"], "set_position", value)
        return tuple(found)

    def _rules(self, said: str) -> tuple[dict[str, object], ...]:
        """A plain order with a plain condition before or behind it, under which it is no order but a rule."""
        words = said.split()
        for at, word in enumerate(words):
            if word in ("if", "when"):
                halves = (
                    [(words[:at], words[at + 1 :])]
                    if at
                    else [(words[cut:], words[1:cut]) for cut in range(2, len(words))]
                )
                for deed, when in halves:
                    if _CONDITION.fullmatch(" ".join(when)):
                        return tuple({**want, "kind": "rule"} for want in self._wanted(" ".join(deed)))
        return ()

    def _orders(self, name: str, verb: str, value: float | None) -> Iterator[dict[str, object]]:
        for thing in self._names[name]:
            if verb in thing.actors:
                order: dict[str, object] = {"kind": "command", "action": verb, "device": thing.actors[verb]}
                yield order if value is None else {**order, "value": value}


def plain(text: str) -> str:
    """Small letters, without marks, articles and courtesy."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("'s", " 's")
    folded = re.sub(r"\bfor (?:half )?an? (?=s|min|h)", "for 1 ", folded)
    words = re.findall(r"-?[0-9]+(?:\.[0-9]+)?|[^\W\d_]+|'s|%|°c?|-", folded)
    words = [(_TENS | _PARTS).get(word, word) for word in words]
    return " ".join(_COURTESY.sub(" ", " ".join(words)).split())


def _names(house: House, thing: Thing) -> Iterator[str]:
    """Everything it is called, and `fan in bathroom`, `bathroom 's fan` where one of its kind stands there."""
    for name in thing.called:
        yield plain(name)
    if thing.what != "device":
        return
    for what, place_id in thing.around:
        place = house.thing(what, place_id)
        for kind in _KINDS.get(thing.kind, ()) if place is not None else ():
            for name in place.called if place is not None else ():
                for form in ("{kind} in {place}", "{kind} of {place}", "{place} {kind}", "{place} 's {kind}"):
                    yield plain(form.format(kind=kind, place=name))


def _compiled(pattern: str, named: str) -> re.Pattern[str]:
    return re.compile(pattern.replace("N", f"(?P<name>{named})").replace("V", "(?P<value>[0-9]+(?:[.][0-9]+)?)"))
