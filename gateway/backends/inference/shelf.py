"""Where models lie: the gateway's own, and `data/models/NAME/VERSION/` for those taken in, whole or not at all."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ...core.errors import Conflict, NotFound
from ...core.ports.models import Fact, Unfit
from . import manifest
from .trial import MOST_BYTES, Examined

_log = logging.getLogger(__name__)
_DRAFT = ".draft-"
_VERDICT = "tried.json"
_CARD = "README.md"
_CARD_CHARS = 64_000


class Shelf:
    """Models taken in, in `folder`, and those in `bundled`, which are never written to."""

    def __init__(self, folder: Path, bundled: Path) -> None:
        self._folder = folder
        self._bundled = bundled

    def sweep(self) -> None:
        """Remove what a power cut left half-way. Raises OSError."""
        for draft in self._folder.glob(f"{_DRAFT}*"):
            shutil.rmtree(draft)

    def versions(self, name: str) -> list[Fact]:
        """What can be read of it, oldest first; the rest is told to the log."""
        found: dict[int, Fact] = {}
        for folder, bundled in self._folders(name):
            try:
                fact = _fact(folder, bundled=bundled)
            except Unfit as error:
                _log.error("the model in %s is left out: %s", folder, error)
                continue
            if fact.name == name:
                found[fact.version] = fact
        return [fact for _, fact in sorted(found.items())]

    def path(self, name: str, version: int) -> Path:
        """Its folder; where the gateway has one of its own with this number, that. Raises NotFound."""
        own = self._bundled / name
        if (own / manifest.NAME).exists() and _version(own) == version:
            return own
        if (self._at(name, version) / manifest.NAME).exists():
            return self._at(name, version)
        raise NotFound(f"{name}@{version} is not on the shelf")

    def draft(self) -> Path:
        """A new empty folder on the same disk. Raises OSError."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = self._folder / f"{_DRAFT}{secrets.token_hex(4)}"
        made.mkdir(mode=0o700)
        return made

    def free(self, name: str, version: int) -> None:
        """Raises Conflict when this version is there already; one that is not whole any more may be brought again."""
        try:
            place = self.path(name, version)
        except NotFound:
            return
        if not _is_whole(place):
            return
        raise Conflict(f"{name}@{version} is here already; another one needs another version")

    def add(self, draft: Path, examined: Examined) -> Fact:
        """Put a draft in its place, durably. Raises Conflict, OSError; then nothing changed."""
        self.free(examined.name, examined.version)
        (draft / _VERDICT).write_bytes(msgspec.json.encode(examined))
        for file in draft.iterdir():
            _sync(file)
        _sync(draft)
        place = self._at(examined.name, examined.version)
        place.parent.mkdir(mode=0o700, exist_ok=True)
        self.remove(examined.name, examined.version)
        draft.rename(place)
        for folder in (place.parent, self._folder):
            _sync(folder)
        return _fact(place, bundled=False)

    def remove(self, name: str, version: int) -> None:
        """Take it off, if it is there; renamed first, so that half of it is never seen. Raises OSError."""
        place = self._at(name, version)
        if place.exists():
            doomed = self._folder / f"{_DRAFT}{secrets.token_hex(4)}"
            place.rename(doomed)
            shutil.rmtree(doomed)

    def _at(self, name: str, version: int) -> Path:
        return self._folder / name / str(version)

    def _folders(self, name: str) -> Iterator[tuple[Path, bool]]:
        """The gateway's own last: it counts where both have the same version."""
        for folder in sorted((self._folder / name).glob("*")):
            if (folder / manifest.NAME).exists():
                yield folder, False
        if (self._bundled / name / manifest.NAME).exists():
            yield self._bundled / name, True


def _is_whole(folder: Path) -> bool:
    try:
        manifest.files_of(folder, manifest.read(folder), MOST_BYTES)
    except Unfit:
        return False
    return True


def _version(folder: Path) -> int:
    try:
        return manifest.read(folder).version
    except Unfit:
        return 0  # `versions` has said so


def _fact(folder: Path, *, bundled: bool) -> Fact:
    """Raises Unfit(corrupt)."""
    raw = manifest.read_raw(folder)
    pieces = manifest.split(raw)
    known = manifest.parse(pieces.signed)
    tried = None if bundled else _verdict(folder)
    card = folder / _CARD
    return Fact(
        name=known.name,
        version=known.version,
        signer=tried.signer if tried is not None else (pieces.signature.signer if pieces.signature else ""),
        sha256=manifest.digest(raw),
        bytes=sum((folder / name).stat().st_size for name in known.files if (folder / name).exists()),
        p99_ms=tried.p99_ms if tried is not None else 0.0,
        made=known.made,
        bundled=bundled,
        figures=known.figures,
        card=card.read_text(encoding="utf-8", errors="replace")[:_CARD_CHARS] if card.exists() else "",
    )


def _verdict(folder: Path) -> Examined | None:
    try:
        return msgspec.json.decode((folder / _VERDICT).read_bytes(), type=Examined)
    except (OSError, msgspec.MsgspecError) as error:
        _log.error("%s: how its trial went cannot be read: %s", folder, error)
        return None


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
