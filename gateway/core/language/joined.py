"""Different orders in one sentence: `turn on the pump and close the bedroom window`. All are done or none. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

import msgspec

from .grammar import Grammar
from .intent import Candidate, Intent, Talk
from .meaning import Meaning
from .reading import Reading
from .tagged import Tagged

_MOST_CUTS = 3
_MOST_PLACES = 4
_FAMILIES = frozenset(("switch", "position", "setpoint", "device"))
_SEVERAL = "these are several orders"


def readings(tagged: Tagged, grammar: Grammar, meaning: Meaning) -> Iterator[Reading]:
    """Each way to take a sentence as orders that stand side by side."""
    places = [at for at, word in enumerate(tagged.tokens) if word == "and" or at in tagged.commas]
    places = [at for at in places if at not in (0, len(tagged.tokens) - 1)]
    if not places or len(places) > _MOST_PLACES:
        return
    for count in range(1, min(len(places), _MOST_CUTS) + 1):
        for cuts in combinations(places, count):
            reading = _read(list(_segments(tagged, cuts)), tagged, grammar, meaning)
            if reading is not None:
                yield reading


def _segments(tagged: Tagged, cuts: Sequence[int]) -> Iterator[tuple[str, ...]]:
    for start, end in pairwise((0, *cuts, len(tagged.tokens))):
        segment = tagged.tokens[start:end]
        yield segment[1:] if segment[:1] == ("and",) else segment


def _read(segments: Sequence[tuple[str, ...]], tagged: Tagged, grammar: Grammar, meaning: Meaning) -> Reading | None:
    """All of them as one; None: one of them is no order."""
    read: list[Reading] = []
    for segment in segments:
        if not segment:
            return None
        about = meaning if not read else Meaning(meaning.house, _last(read[-1].intent, meaning))
        verb = segments[0][:1]
        if read and not grammar.matches(segment, "deed"):
            segment = verb + segment  # `set the boiler to 60 and the kitchen boiler to 45`
        found = [
            about.reading(match, tagged) for match in grammar.matches(segment, "deed") if match.family in _FAMILIES
        ]
        different = [one for at, one in enumerate(found) if all(one.intent != other.intent for other in found[:at])]
        if len(different) != 1 or different[0].intent.kind not in ("command", "question"):
            return None
        read.append(different[0])
    return _together(read)


def _together(read: Sequence[Reading]) -> Reading:
    license_ = read[0].license.intersection(*(one.license for one in read))
    covers = tuple(span for one in read for span in one.covers)
    asked = next((one.intent for one in read if one.intent.kind != "command"), None)
    orders = [order for one in read for order in (one.intent, *one.intent.also)]
    if asked is None and len({order.device for order in orders}) < len(orders):
        asked = Intent(kind="question", reply="Two orders to the same device: which one?")
    if asked is not None:
        return Reading(intent=asked, license=license_, covers=covers)
    whole = msgspec.structs.replace(
        orders[0],
        also=tuple(msgspec.structs.replace(order, also=(), reply="") for order in orders[1:]),
        reply=" ".join(one.intent.reply for one in read),
    )
    likely = "; ".join(dict.fromkeys([_SEVERAL, *(one.likely for one in read if one.likely)]))
    return Reading(
        intent=whole,
        license=license_,
        likely=likely,
        weight=max(one.weight for one in read),
        covers=covers,
        names=sum(one.names for one in read),
    )


def _last(intent: Intent, meaning: Meaning) -> Talk:
    """What `it` is in the next order."""
    return msgspec.structs.replace(
        meaning.talk, last=Candidate("device", intent.device, intent.device) if intent.device else meaning.talk.last
    )
