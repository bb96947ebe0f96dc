"""Whether an order came in time: Telegram delivers what was written while nobody asked. Pure."""

from __future__ import annotations

from .heard import Heard

_MOST_MS = 120_000
_AHEAD_MS = 60_000
_AGAIN = "Say it again if you still want it."


def doubt(heard: Heard, now_ms: int, *, known: bool, late: bool) -> str:
    """Why an order in it is not carried out, in words; empty: it is fresh.

    `known`: the gateway knows the time. `late`: nobody has asked Telegram for a while. A press carries no time of its
    own, but what it answers does not live long.
    """
    if heard.kind == "press":
        return "That took too long to reach me. Press again if you still want it." if late else ""
    if not known:
        return f"I do not know the time yet, so it may be old. {_AGAIN}" if late else ""
    age_ms = now_ms - heard.sent_s * 1000
    if age_ms > _MOST_MS:
        return f"You wrote this {span(age_ms)} ago. {_AGAIN}"
    if age_ms < -_AHEAD_MS:
        return f"By your message's date it is {span(-age_ms)} later than here: one of our clocks is wrong. {_AGAIN}"
    return ""


def span(ms: int) -> str:
    """A length of time in words."""
    minutes = round(ms / 60_000)
    if minutes < 120:
        return f"{minutes} min"
    hours = round(minutes / 60)
    return f"{hours} h" if hours < 48 else f"{round(hours / 24)} days"
