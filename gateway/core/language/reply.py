"""What is said back: read-backs of orders, refusals, help. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .intent import Guard, Intent

NOT_UNDERSTOOD = (
    "I did not understand that. Ask for a value (what is the humidity in the bathroom), give an order "
    "(open the bedroom window to 40 percent) or make a rule (if it is above 70 % for 10 minutes, run the fan)."
)
TOO_MUCH = "That is too much at once. Say it in shorter sentences."
WHICH_ONES = "I take no but and no instead. Say which ones, and what each of them shall do."
_PICKING_OUT = tuple(
    tuple(way.split())
    for way in ("except", "but", "but not", "excluding", "apart from", "other than", "instead", "rather than")
)
_DOES: Mapping[str, str] = {
    "turn_on": "Turn on {name}",
    "turn_off": "Turn off {name}",
    "set_position": "Set {name} to {value:g} %",
    "set_temperature": "Set {name} to {value:g} °C",
    "set_speed": "Set {name} to {value:g} %",
    "identify": "Let {name} show where it is",
    "restart": "Restart {name}",
    "resume": "Let {name} decide by itself again",
}
_LEFT: Mapping[str, str] = {
    "negation": "I leave everything as it is.",
    "past": "I take that as something that happened, and leave everything as it is.",
    "reported": "I do not act on what somebody else said.",
    "quoted": "I do not act on a quotation.",
    "hypothetical": "I only do what I am plainly asked to do.",
    "joke": "All right, I leave everything as it is.",
}


def done(intent: Intent, names: Mapping[str, str]) -> str:
    """An order as it will be carried out. `names`: of devices, by id."""
    said = [_one(one, names) for one in (intent, *intent.also)]
    return "; ".join([said[0], *(one[0].lower() + one[1:] for one in said[1:])]) + "."


def _one(intent: Intent, names: Mapping[str, str]) -> str:
    name = names.get(intent.device, intent.device)
    value = intent.value if isinstance(intent.value, int | float) else 0.0
    return _DOES.get(intent.action, "{action} {name}").format(name=name, value=value, action=intent.action)


def left(guards: Sequence[Guard]) -> str:
    """Why nothing is done."""
    return next((_LEFT[guard.name] for guard in guards if guard.name in _LEFT), "I leave everything as it is.")


def picks_out(words: Sequence[str]) -> bool:
    """Whether some are left out or taken instead of others: `all but the bedroom window`, `the fan instead of it`."""
    found = [way for way in _PICKING_OUT for at in range(len(words)) if tuple(words[at : at + len(way)]) == way]
    return bool(found) and words.count("not") == sum(way.count("not") for way in found)


def meant(intent: Intent) -> str:
    """Whether that was meant as an order."""
    what = intent.reply.rstrip(".")
    return f"Is that an order: {what[:1].lower()}{what[1:]}? Then say it plainly." if what else NOT_UNDERSTOOD
