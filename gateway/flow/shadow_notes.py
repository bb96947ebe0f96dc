"""What the event log is told of shadows, once each."""

from __future__ import annotations

from ..core import capabilities
from ..core.shadow import Shadow, Sync, sync
from .chronicle import Chronicle
from .shadow_words import differs, unknown
from .words import duration


class ShadowNotes:
    """Notes that a node has taken over what is wanted, that it holds something else, or that it cannot."""

    def __init__(self, chronicle: Chronicle) -> None:
        self._chronicle = chronicle
        self._told: dict[str, int] = {}
        """Of which version of desired it was told that the node holds something else."""
        self._declared: dict[str, dict[str, object]] = {}

    def recall(self, shadow: Shadow, declared: dict[str, object]) -> None:
        """As an earlier run left it, and told."""
        self._declared[shadow.device] = declared
        if sync(shadow) is Sync.DIFFERS:
            self._told[shadow.device] = shadow.desired_version

    def wanted(self, device: str, words: str) -> None:
        """Something else is wanted."""
        self._chronicle.note("shadow.changed", words, device)

    def reported(self, before: Shadow, after: Shadow) -> None:
        """The node has said what it is."""
        device, version, now = after.device, after.desired_version, sync(after)
        if now is Sync.DIFFERS and self._told.get(device) != version:
            self._told[device] = version
            self._chronicle.note("shadow.differs", differs(after), device)
        elif now is Sync.IN_SYNC and sync(before) is Sync.PENDING:
            took = duration((after.reported_ms or 0) - (after.desired_ms or 0))
            self._chronicle.note("shadow.applied", f"the node holds version {version} after {took}", device)

    def declared(self, shadow: Shadow, declared: dict[str, object]) -> None:
        """A node that registers again, or another in its place, may not know what is wanted."""
        device = shadow.device
        if self._declared.get(device) == declared:
            return
        first = device not in self._declared
        self._declared[device] = declared
        words = unknown(capabilities.read(declared), shadow.desired)
        if words and not first:
            self._chronicle.note("shadow.differs", words, device)

    def renewed(self, device: str) -> None:
        """Other hardware: what it holds is told anew."""
        self._told.pop(device, None)

    def forget(self, device: str) -> None:
        """It is gone."""
        self._told.pop(device, None)
        self._declared.pop(device, None)
