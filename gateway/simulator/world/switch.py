"""How a machine that runs by its own timetable is told to do otherwise."""

from __future__ import annotations

from collections.abc import Mapping

from ...core.errors import Refused


class Switch:
    """What it was told last counts, until the simulation ends; after `run_for` what held before counts again."""

    def __init__(self) -> None:
        self._told: float | None = None
        self._full_until_ms = 0

    def tell(self, verb: str, args: Mapping[str, object], time_ms: int) -> None:
        """`turn_on`, `turn_off`, `set_speed {speed %}` or `run_for {seconds}`. Raises Refused."""
        if verb == "run_for":
            self._full_until_ms = time_ms + round(1000 * number(args, "seconds"))
            return
        match verb:
            case "turn_on":
                self._told = 1.0
            case "turn_off":
                self._told = 0.0
            case "set_speed":
                self._told = min(1.0, max(0.0, number(args, "speed") / 100.0))
            case _:
                raise Refused(f"it cannot {verb}")
        self._full_until_ms = 0

    def wanted(self, own: float, time_ms: int) -> float:
        """The speed it should have, 0 to 1, when its timetable says `own`."""
        if time_ms < self._full_until_ms:
            return 1.0
        return own if self._told is None else self._told


def number(args: Mapping[str, object], name: str) -> float:
    """An argument. Raises Refused."""
    value = args.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise Refused(f"it needs {name}")
    return float(value)
