"""What a node keeps through a restart: who the gateway says it is."""

from __future__ import annotations

from pathlib import Path

import msgspec

from .enrol import Registration
from .keeping import keep


class Identity(msgspec.Struct, frozen=True):
    """The credentials of a node; `sent_away`: they worked until a person withdrew them."""

    registration: Registration
    sent_away: bool = False


class Identities:
    """One 0600 file per node in a 0700 folder, which is made when it is first needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, mac_address: str) -> Identity | None:
        """What was kept for this node; None when there is nothing readable."""
        try:
            return msgspec.json.decode(self._path(mac_address).read_bytes(), type=Identity)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def keep(self, mac_address: str, identity: Identity) -> None:
        """Keep it; whole or not at all."""
        keep(self._path(mac_address), msgspec.json.encode(identity))

    def _path(self, mac_address: str) -> Path:
        return self._folder / f"{mac_address.replace(':', '')}.json"
