"""What a language model may say: the keys of an intent, fewer of them, and nothing of a rule but its plain parts."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

_Name = Annotated[str, Meta(max_length=80)]
_Seconds = Annotated[int, Meta(ge=0, le=604_800)]
_Clock = Annotated[str, Meta(pattern="^(([01][0-9]|2[0-3]):[0-5][0-9])?$")]

Kind = Literal["query", "command", "rule", "none"]
Action = Literal[
    "",
    "value",
    "state",
    "plants",
    "turn_on",
    "turn_off",
    "set_position",
    "set_temperature",
    "set_speed",
    "run_for",
    "resume",
    "notify",
    "mute_alerts",
    "unmute_alerts",
]
Operator = Literal[">", ">=", "<", "<="]


class When(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The condition of a rule."""

    parameter: _Name
    operator: Operator
    value: float
    for_s: _Seconds
    place: _Name


class Times(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long, how soon, at which time of day, and when not."""

    for_s: _Seconds
    after_s: _Seconds
    at: _Clock
    not_from: _Clock
    not_to: _Clock


class Proposed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every key is there, as a strict schema wants it; an empty text or null says nothing."""

    kind: Kind
    action: Action
    device: _Name
    place: _Name
    parameter: _Name
    value: float | None
    condition: When | None
    schedule: Times | None


def read(content: bytes) -> Proposed:
    """Raises msgspec.MsgspecError for anything else than that."""
    return msgspec.json.decode(content, type=Proposed)


_CONDITION = {
    "parameter": {"type": "string", "description": "The metric that is compared."},
    "operator": {"type": "string", "enum": list(Operator.__args__)},  # type: ignore[attr-defined]
    "value": {"type": "number"},
    "for_s": {"type": "integer", "description": "Seconds it must last; 0: none were said."},
    "place": {"type": "string", "description": "Id of the room, plant, machine or zone where it is measured."},
}
_SCHEDULE = {
    "for_s": {"type": "integer", "description": "Seconds it is to be done; 0: without an end."},
    "after_s": {"type": "integer", "description": "Seconds until it is done; 0: now."},
    "at": {"type": "string", "description": "HH:MM; empty: none was said."},
    "not_from": {"type": "string", "description": "HH:MM from which it must not be done, or empty."},
    "not_to": {"type": "string", "description": "HH:MM until which it must not be done, or empty."},
}
_KEYS = {
    "kind": {
        "type": "string",
        "enum": list(Kind.__args__),  # type: ignore[attr-defined]
        "description": "none: it is none of the others, or it is not clear which device or value is meant.",
    },
    "action": {"type": "string", "enum": list(Action.__args__)},  # type: ignore[attr-defined]
    "device": {"type": "string", "description": "Id of the device that is to do it, or empty."},
    "place": {"type": "string", "description": "Id of what the question is about, or empty."},
    "parameter": {"type": "string", "description": "The metric a question is about, or empty."},
    "value": {
        "type": ["number", "null"],
        "description": "Position or speed in %, temperature in °C, run_for in s, mute_alerts in minutes.",
    },
}


def _closed(keys: dict[str, object], *, nullable: bool = False) -> dict[str, object]:
    kind: object = ["object", "null"] if nullable else "object"
    return {"type": kind, "properties": keys, "required": list(keys), "additionalProperties": False}


def schema() -> dict[str, object]:
    """`Proposed` in the part of JSON Schema that strict structured output allows."""
    return _closed(
        {
            **_KEYS,
            "condition": _closed(dict(_CONDITION), nullable=True),
            "schedule": _closed(dict(_SCHEDULE), nullable=True),
        }
    )
