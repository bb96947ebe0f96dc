"""Whether something is on, and how far open: as far as anything that was measured or done shows it."""

from __future__ import annotations

from ...core.commands import CommandStatus
from ...core.language.running import OPEN_PCT, RUNS
from .parts import ChatParts

_ON = frozenset(("turn_on", "run_for"))


def position(parts: ChatParts, device: str) -> tuple[float, int] | None:
    """(percent, when) of a window; None: it never said."""
    return parts.house.watch.values(device).get("position")


def is_open(found: float) -> bool:
    """Whether a position counts as open."""
    return found > OPEN_PCT


def runs(parts: ChatParts, device: str) -> tuple[bool, str, int] | None:
    """(on, what shows it, when); None: nothing shows it."""
    values = parts.house.watch.values(device)
    for metric, least in RUNS:
        if metric in values:
            value, time_ms = values[metric]
            return value > least, f"{metric} is {value:g}", time_ms
    for command in parts.house.commands.of(device):
        if command.verb in (*_ON, "turn_off") and command.status is CommandStatus.DONE:
            on = command.verb in _ON
            return on, f"{command.who} turned it {'on' if on else 'off'}", command.steps[-1].time_ms
    return None
