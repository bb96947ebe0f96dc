"""What a node keeps in its flash beside its credentials: the orders it was given and its configuration."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import msgspec

from ..core.commands import REMEMBERED
from ..core.errors import ConfigError
from .keeping import keep
from .orders import Ack

_Kept = TypeVar("_Kept")
_INTERRUPTED = "interrupted by a restart"


class OrderBook:
    """The last answer to each of the latest orders, so that one that comes twice is carried out once.

    An answer is on the disk when `note` returns. `accepted` is noted before anything is done: what has no end when the
    node starts again has failed, because nobody knows how far it got. Without a `path` nothing outlives the process.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._answers = {ack.id: ack for ack in map(_ended, _read(path, list[Ack]) or [])}

    def answer(self, order: str) -> Ack | None:
        """What this order was answered last; None when it is new."""
        return self._answers.get(order)

    def note(self, ack: Ack) -> None:
        """Keep the answer; the oldest order is forgotten when there are too many."""
        self._answers[ack.id] = ack
        while len(self._answers) > REMEMBERED:
            del self._answers[next(iter(self._answers))]
        if self._path is not None:
            keep(self._path, msgspec.json.encode(list(self._answers.values())))


def _read(path: Path | None, kind: type[_Kept]) -> _Kept | None:
    """What was kept; None: nothing yet. Raises ConfigError: what stands there is none of ours."""
    if path is None or not path.exists():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except msgspec.DecodeError as error:
        raise ConfigError(f"{path} is not readable; without it the node starts from the beginning: {error}") from error


def _ended(ack: Ack) -> Ack:
    return Ack(ack.id, "failed", _INTERRUPTED) if ack.status == "accepted" else ack


class Applied(msgspec.Struct, frozen=True):
    """A configuration as it came, and for which device. Version 0: there was none yet."""

    device: str
    version: int = 0
    state: dict[str, object] = {}


class ConfigurationFile:
    """The configuration the node has applied: that of the device it is, never of one it was before."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._applied = _read(path, Applied) or Applied("")

    def load(self, device: str) -> Applied:
        """What was applied as this device; as another one it counts for nothing."""
        return self._applied if self._applied.device == device else Applied(device)

    def keep(self, applied: Applied) -> None:
        """Keep it through restarts."""
        self._applied = applied
        if self._path is not None:
            keep(self._path, msgspec.json.encode(applied))


class NodeMemory:
    """Both, of one node. Raises ConfigError when somebody else wrote into its files."""

    def __init__(self, folder: Path | None = None, mac_address: str = "") -> None:
        name = mac_address.replace(":", "")
        self.orders = OrderBook(folder / f"{name}.orders" if folder else None)
        self.configuration = ConfigurationFile(folder / f"{name}.shadow" if folder else None)
