"""Which version of each model is active, was before, or runs in shadow: as it was decided, on the disk."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

import msgspec

from ..core.ports.documents import Documents
from ..core.ports.models import Fact

_log = logging.getLogger(__name__)
COLLECTION = "models"
MODELS = ("window", "audio", "anomaly", "remaining_life")
"""Those the gateway has a use for."""
Fields = Mapping[str, int | str | None]


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """One model's document."""

    active: int = 0
    """0: there is none."""
    previous: int | None = None
    shadow: int | None = None
    since_ms: int = 0
    probation: int = 0
    """Decisions the active one is still watched for, as of the last start or change."""
    rolled_back: str = ""
    """Why, of the last automatic one; until a person decides anew."""
    bundled: bool = True
    """The active one is whichever came with the gateway: an upgrade brings a newer one along."""


class Seats:
    """The documents `models`, and what is on the shelf."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._seats: dict[str, Seat] = {}
        self._facts: dict[str, dict[int, Fact]] = {}

    def load(self, shelf: Mapping[str, Sequence[Fact]]) -> None:
        """Read them, and bring them in line with what is on the shelf."""
        kept = self._documents.all(COLLECTION)
        for name in MODELS:
            self.stock(name, shelf.get(name, ()))
            self._seats[name] = self._fitted(name, _read(name, kept.get(name)))

    def stock(self, name: str, facts: Sequence[Fact]) -> None:
        """What is on the shelf now."""
        self._facts[name] = {fact.version: fact for fact in facts}

    def of(self, name: str) -> Seat:
        """A model's seat; `name` is one of `MODELS`."""
        return self._seats[name]

    def facts(self, name: str) -> dict[int, Fact]:
        """Its versions by number."""
        return self._facts[name]

    def newest_bundled(self, name: str) -> int:
        """The version that came with the gateway; 0: none did."""
        return max((fact.version for fact in self._facts[name].values() if fact.bundled), default=0)

    async def put(self, name: str, change: Callable[[Seat], Fields]) -> None:
        """Make the fields that `change` gives for the seat durable, then so. Raises StoreError; then nothing changed.

        A rollback does not wait for a disk: when the seat became another meanwhile, `change` is asked about that one.
        """
        while True:
            before = self._seats[name]
            made = self._with(name, before, change(before))
            await self._documents.put(COLLECTION, name, msgspec.to_builtins(made))
            if self._seats[name] is before:
                self._seats[name] = made
                return

    def take(self, name: str, **fields: int | str | None) -> Seat:
        """Make it so at once; `save` has to follow."""
        self._seats[name] = self._with(name, self._seats[name], fields)
        return self._seats[name]

    async def save(self, name: str) -> None:
        """As it is now. Raises StoreError."""
        await self._documents.put(COLLECTION, name, msgspec.to_builtins(self._seats[name]))

    def spare(self, name: str, most: int) -> list[int]:
        """Versions beyond the `most` newest of those that nobody uses, oldest first."""
        seat = self._seats[name]
        used = {seat.active, seat.previous, seat.shadow}
        idle = sorted(fact.version for fact in self._facts[name].values() if not fact.bundled)
        idle = [version for version in idle if version not in used]
        return idle[: max(0, len(idle) - most)]

    def _with(self, name: str, seat: Seat, fields: Fields) -> Seat:
        made = msgspec.structs.replace(seat, **fields)
        fact = self._facts[name].get(made.active)
        return msgspec.structs.replace(made, bundled=fact is None or fact.bundled)

    def _fitted(self, name: str, seat: Seat) -> Seat:
        """Versions that are gone are nobody's; who followed the gateway's own follows the new one."""
        facts, newest = self._facts[name], self.newest_bundled(name)
        if seat.bundled and seat.active != newest:
            seat = msgspec.structs.replace(seat, active=newest, previous=None, probation=0)
        elif seat.active and seat.active not in facts:
            _log.error("%s@%s is not on the shelf any more; the gateway's own takes its place", name, seat.active)
            seat = msgspec.structs.replace(seat, active=newest, previous=None, probation=0, bundled=True)
        return msgspec.structs.replace(
            seat,
            previous=seat.previous if seat.previous in facts else None,
            shadow=seat.shadow if seat.shadow in facts else None,
        )


def _read(name: str, document: object) -> Seat:
    if document is None:
        return Seat()
    try:
        return msgspec.convert(document, Seat)
    except msgspec.ValidationError as error:
        _log.error("what was kept about the model %s cannot be read, the gateway's own is used: %s", name, error)
        return Seat()
