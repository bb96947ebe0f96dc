"""Who is told something again, ever more rarely."""

from __future__ import annotations

_PAUSES = (1, 2, 4, 8, 10)
"""Minutes."""


class Reminders:
    """Which of the connected devices are to be told again in which minute."""

    def __init__(self) -> None:
        self._minute = 0
        self._connected: dict[str, tuple[int, int]] = {}
        """How often it was told, and the minute to do it again."""

    def connected(self, device: str) -> None:
        """It is here, and told."""
        self._connected[device] = (0, self._minute + _PAUSES[0])

    def disconnected(self, device: str) -> None:
        """It is not."""
        self._connected.pop(device, None)

    def start(self, device: str) -> None:
        """It was told something new, if it is here."""
        if device in self._connected:
            self.connected(device)

    def due(self) -> list[str]:
        """A minute has passed: whom to tell."""
        self._minute += 1
        found = [device for device, (_, minute) in self._connected.items() if minute <= self._minute]
        for device in found:
            tries = min(self._connected[device][0] + 1, len(_PAUSES) - 1)
            self._connected[device] = (tries, self._minute + _PAUSES[tries])
        return found
