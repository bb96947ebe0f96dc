"""How a node is set: the configuration the gateway wants, as far as this node can follow it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ..core.errors import Refused
from .memory import Applied, ConfigurationFile
from .orders import Desired, Reported

MIN_INTERVAL_S = 1.0
MAX_INTERVAL_S = 3600.0


class Limit(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an argument of a command may be; None: no limit."""

    min: float | None = None
    max: float | None = None


class Configuration:
    """Applied whole: a key that is not wanted any more falls back to what the node left the factory with.

    A node with a microphone leaves it deaf; one without stays so, whatever is wanted.
    """

    def __init__(self, kept: ConfigurationFile, usual_interval_s: float, *, microphone: bool = False) -> None:
        self._kept = kept
        self._usual_interval_s = usual_interval_s
        self._microphone = microphone
        self.audio = False
        """Whether it sends what it hears."""
        self._limits: dict[str, Limit] = {}
        self._version = 0
        self.interval_s = usual_interval_s

    def load(self, device: str) -> None:
        """The node is this device now."""
        self._use(self._kept.load(device))

    def apply(self, device: str, desired: Desired) -> bool:
        """Follow it, older or newer: a gateway restored from a backup counts from there. Whether it was new to us."""
        if desired.version == self._version:
            return False
        applied = Applied(device, desired.version, desired.state)
        self._kept.keep(applied)
        self._use(applied)
        return True

    def reported(self) -> Reported:
        """Everything that holds now."""
        return Reported(
            self._version,
            {"interval_s": self.interval_s, "audio": self.audio, "limits": msgspec.to_builtins(self._limits)},
        )

    def check(self, args: Mapping[str, object]) -> None:
        """Raises Refused when an argument is beyond a limit."""
        for name, limit in self._limits.items():
            value = args.get(name)
            if not isinstance(value, int | float) or isinstance(value, bool):
                continue
            if limit.min is not None and value < limit.min:
                raise Refused(f"{name} {value:g} is below the limit {limit.min:g}")
            if limit.max is not None and value > limit.max:
                raise Refused(f"{name} {value:g} is above the limit {limit.max:g}")

    def _use(self, applied: Applied) -> None:
        self._version = applied.version
        wanted_s = _number(applied.state.get("interval_s"))
        self.interval_s = (
            self._usual_interval_s if wanted_s is None else min(MAX_INTERVAL_S, max(MIN_INTERVAL_S, wanted_s))
        )
        self.audio = self._microphone and applied.state.get("audio") is True
        self._limits = _limits(applied.state.get("limits"))


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _limits(value: object) -> dict[str, Limit]:
    try:
        return msgspec.convert(value, dict[str, Limit])
    except msgspec.ValidationError:
        return {}
