"""Decisions about windows and what people want instead: the values, and their messages on MQTT."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Literal

import msgspec

from .errors import Unreadable
from .payload import Fault
from .window.moment import Missing, Moment


class Outcome(StrEnum):
    """What became of a decision."""

    SENT = "sent"
    """Handed to the node."""
    DONE = "done"
    """The node says that the window is there."""
    FAILED = "failed"
    """The node says that it could not."""
    AWAY = "away"
    """The node was not connected."""
    KEPT = "kept"
    """The window is near enough to where it should be."""
    HELD = "held"
    """A person's will holds; this is only what would have been."""
    UNANSWERED = "unanswered"
    """Nobody answered the request in time (external mode)."""
    WAITING = "waiting"
    """An answer is awaited (external mode)."""


OUTCOMES: dict[Outcome, int] = {outcome: number for number, outcome in enumerate(Outcome)}
"""As they are stored: only append to them."""


class Shadowed(msgspec.Struct, frozen=True):
    """What another version of the model would have decided; `error`: it failed."""

    model: str
    position_pct: float
    confidence: float
    error: str = ""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """One decision about one window, with everything it rests on."""

    id: str
    """16 hex digits: also the id of the request, of the control and of its acknowledgement."""
    device: str
    time_ms: int
    cause: str
    """What made the gateway think: `temperature rose 0.6 °C`."""
    moment: Moment
    missing: tuple[Missing, ...] = ()
    position: int
    """Whole percent, as it is published."""
    raw_pct: float
    """Of the model, before the limits."""
    confidence: float
    """0 to 1, three digits."""
    model: str
    """`window@3`, `teacher` or `external:NAME`."""
    lessons: str = ""
    """Digest of the lessons that counted."""
    runtime: str = ""
    """`onnxruntime 1.28.0 x86_64`; empty for the teacher."""
    cuts: tuple[str, ...] = ()
    """Which limits cut the position, in words."""
    why: str
    outcome: Outcome
    detail: str = ""
    shadow: Shadowed | None = None
    correlation: str = ""
    """Of the reading that caused it."""
    simulated: bool = False


Source = Literal["api", "command", "hand"]
"""Where a person's will was recognised: asked of the API, commanded, or the window was moved by hand."""


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """A person's will about a window: holds automatic decisions off, and teaches unless `moment` is None."""

    id: str
    device: str
    time_ms: int
    until_ms: int
    position: float
    """Percent."""
    who: str
    source: Source
    moment: Moment | None = None
    """None: nothing was known that could be learnt from, or it was a rule's."""
    learnt: str = ""
    """What was learnt, in words."""
    revoked_ms: int | None = None
    """When it was forgotten."""
    ended_ms: int | None = None
    """When the hold was ended early."""
    correlation: str = ""
    simulated: bool = False

    def holds(self, now_ms: int) -> bool:
        """Whether automatic decisions wait for it."""
        return self.ended_ms is None and self.time_ms <= now_ms < self.until_ms

    def teaches(self, at_ms: int) -> bool:
        """Whether it counted as a lesson at that time."""
        if self.moment is None or self.time_ms > at_ms:
            return False
        return self.revoked_ms is None or self.revoked_ms > at_ms


def new_decision_id(token: bytes) -> str:
    """16 hex digits of eight random bytes."""
    return token[:8].hex()


def request_message(
    decision_id: str, cause: str, time: str, moment: Moment, missing: Sequence[Missing], simulated: bool = False
) -> bytes:
    """The payload of `ml/inference/request/{device}`; `time` is RFC 3339. What is not known is null."""
    shown: dict[str, Any] = {
        "id": decision_id,
        "time": time,
        "cause": cause,
        "temperature": moment.temperature_c,
        "humidity": moment.humidity_pct,
        "sound_volume": moment.sound_db,
        "sound_character": moment.character,
        "co2": moment.co2_ppm,
        "outdoor_temperature": moment.outdoor_temperature_c,
        "outdoor_humidity": moment.outdoor_humidity_pct,
        "outdoor_mean": moment.outdoor_mean_c,
        "rain": moment.rain_mm_h,
        "wind": moment.wind_m_s,
        "position": moment.position_pct,
        "hour": moment.hour,
        "missing": missing,
    }
    if simulated:
        shown["simulated"] = True
    return msgspec.json.encode(shown)


def control_message(decision: Decision) -> bytes:
    """The payload of `window/{device}/control`."""
    return msgspec.json.encode(
        {
            "position": decision.position,
            "confidence": decision.confidence,
            "decision": decision.id,
            "model": decision.model,
        }
    )


class Answer(msgspec.Struct, frozen=True):
    """What a service decides in external mode; without `decision` the window's last request is meant."""

    position: float
    confidence: float = 0.0
    decision: str = ""
    model: str = ""


_answer = msgspec.json.Decoder(Answer)


def read_answer(payload: bytes) -> Answer:
    """Raises Unreadable that names the key."""
    try:
        answer = _answer.decode(payload)
    except msgspec.MsgspecError as error:
        raise Unreadable(
            Fault.WRONG_SHAPE, f"an answer is {{position, confidence, decision, model}}: {error}"
        ) from error
    if not (math.isfinite(answer.position) and 0 <= answer.position <= 100):
        raise Unreadable(Fault.WRONG_SHAPE, "position is a number from 0 to 100")
    if not 0 <= answer.confidence <= 1:
        raise Unreadable(Fault.WRONG_SHAPE, "confidence is a number from 0 to 1")
    return answer
