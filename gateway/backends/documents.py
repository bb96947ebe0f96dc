"""What people author, as one small JSON file per collection that cannot tear (TinyDB on a storage of our own).

Every change writes a new file beside the old one, makes it durable and puts it in the old one's place; first as
`<collection>.json.spare`, so that a damaged file costs nothing that was acknowledged.
"""

from __future__ import annotations

import asyncio
import copy
import errno
import json
import logging
import os
from collections.abc import Callable, Collection, Mapping, MutableMapping
from pathlib import Path
from typing import Any

from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Document as TinyDocument
from tinydb.table import Table

from ..core.errors import StoreError, StoreFull
from ..core.ports.documents import Document

_Tables = dict[str, dict[str, Document]]
_log = logging.getLogger(__name__)


class TinyDocuments:
    """Fulfils the port Documents with files in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.recovered: list[str] = []
        """What was wrong with files and what was done about it, in words."""
        self._folder = folder
        self._collections: dict[str, _Collection] = {}

    def all(self, collection: str) -> dict[str, Document]:
        """Every document of a collection by key, as copies; empty when there is none yet. Raises StoreError."""
        return copy.deepcopy(self._open(collection).documents)

    async def put(self, collection: str, key: str, document: Document) -> None:
        """Create or replace one document. Raises StoreError; then nothing changed."""
        await self._open(collection).put(key, copy.deepcopy(document))

    async def delete(self, collection: str, key: str) -> None:
        """Remove one document if it is there. Raises StoreError; then nothing changed."""
        await self._open(collection).delete(key)

    async def change(self, collection: str, put: Mapping[str, Document], delete: Collection[str] = ()) -> None:
        """Several documents of one collection, all or none. Raises StoreError; then nothing changed."""
        await self._open(collection).change(copy.deepcopy(dict(put)), delete)

    def _open(self, name: str) -> _Collection:
        if name not in self._collections:
            with _TranslatedErrors(f"the collection {name}"):
                self._collections[name] = _Collection(self._folder / f"{name}.json", name, self.recovered.append)
        return self._collections[name]


class _Collection:
    """One file and what it holds."""

    def __init__(self, path: Path, name: str, report: Callable[[str], None]) -> None:
        self._name = name
        self._lock = asyncio.Lock()
        self._database = _Database(path, report, storage=SafeStorage)
        self._table = self._database.table(name)
        self.documents: dict[str, Document] = {str(found.doc_id): dict(found) for found in self._table.all()}

    async def put(self, key: str, document: Document) -> None:
        async with self._lock:
            await asyncio.to_thread(self._write, key, document)
            self.documents[key] = document

    async def delete(self, key: str) -> None:
        async with self._lock:
            if key in self.documents:
                await asyncio.to_thread(self._remove, key)
                del self.documents[key]

    async def change(self, put: Mapping[str, Document], delete: Collection[str]) -> None:
        async with self._lock:
            documents = {key: known for key, known in self.documents.items() if key not in delete} | dict(put)
            await asyncio.to_thread(self._write_all, documents)
            self.documents = documents

    def _write_all(self, documents: dict[str, Document]) -> None:
        with _TranslatedErrors(self._name):
            tables = self._database.storage.read() or {}
            self._database.storage.write({**tables, self._name: documents})

    def _write(self, key: str, document: Document) -> None:
        def replace(old: MutableMapping[Any, Any]) -> None:
            old.clear()
            old.update(document)

        with _TranslatedErrors(f"{self._name}/{key}"):
            if key in self.documents:
                self._table.update(replace, doc_ids=[key])  # type: ignore[list-item]
            else:
                self._table.insert(TinyDocument(document, doc_id=key))  # type: ignore[arg-type]

    def _remove(self, key: str) -> None:
        with _TranslatedErrors(f"{self._name}/{key}"):
            self._table.remove(doc_ids=[key])  # type: ignore[list-item]


class _NamedTable(Table):
    """TinyDB numbers documents; ours have names."""

    document_id_class = str  # type: ignore[assignment]
    default_query_cache_capacity = 0


class _Database(TinyDB):
    table_class = _NamedTable


class SafeStorage(Storage):
    """A TinyDB storage in one file that is whole at every moment, and distrusts what it finds."""

    def __init__(self, path: Path, report: Callable[[str], None]) -> None:
        self._path = path
        self._spare = path.with_name(f"{path.name}.spare")
        self._report = report
        _make_folder(path.parent)
        self._tables = self._load()

    def read(self) -> _Tables | None:
        """What was written last; a copy, because TinyDB changes it before it writes."""
        if self._tables is None:
            return None
        return {name: {key: dict(one) for key, one in table.items()} for name, table in self._tables.items()}

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        """Make `data` durable or raise (OSError, TypeError, ValueError) and leave everything as it was."""
        tables: _Tables = {name: {key: dict(one) for key, one in table.items()} for name, table in data.items()}
        text = json.dumps(tables, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        # The spare first: when both are whole the file counts, so a change that fails half-way did not happen. A new
        # collection is the other way round: a file that is missing beside its spare was lost.
        new = not self._path.exists()
        try:
            for path in (self._path, self._spare) if new else (self._spare, self._path):
                _replace(path, text.encode())
        except OSError:
            if new:
                self._path.unlink(missing_ok=True)  # or the next start would take it for what was kept
            raise
        # In place from here on, whatever the disk says about the folder.
        self._tables = tables
        _sync_folder(self._path.parent)

    def _load(self) -> _Tables | None:
        if not self._path.exists() and not self._spare.exists():
            return None
        tables, spare = _parsed(self._path), _parsed(self._spare)
        if tables is not None:
            if spare != tables:
                self._mend(self._spare, self._path)
            return tables
        kept = [_set_aside(path) for path in (self._path, self._spare) if path.exists() and _parsed(path) is None]
        if spare is None:
            self._say(f"it and its spare cannot be read; starting empty, kept {', '.join(kept)}")
            return None
        self._say(f"it cannot be read or is missing; using its spare, kept {', '.join(kept) or 'nothing'}")
        self._mend(self._path, self._spare)
        return spare

    def _mend(self, path: Path, whole: Path) -> None:
        try:
            _replace(path, whole.read_bytes())
        except OSError as error:
            self._say(f"{path.name} cannot be mended: {error}")

    def _say(self, what: str) -> None:
        text = f"{self._path.name}: {what}"
        _log.error("%s", text)
        self._report(text)


class _TranslatedErrors:
    """Turns the disk's errors into ours."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            raise (StoreFull if full else StoreError)(f"{self._what} cannot be kept on the disk: {error}") from error
        if isinstance(error, (TypeError, ValueError)):
            raise StoreError(f"{self._what} is not JSON: {error}") from error


def _parsed(path: Path) -> _Tables | None:
    """The tables in a file; None when it is missing, torn, or something else."""
    try:
        found = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError, RecursionError):
        return None
    tables = found.values() if isinstance(found, dict) else [None]
    sound = all(isinstance(table, dict) and all(isinstance(one, dict) for one in table.values()) for table in tables)
    return found if sound else None


def _set_aside(path: Path) -> str:
    """Rename a damaged file to a free name; that name."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    path.rename(aside)
    return aside.name


def _make_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _replace(path: Path, content: bytes) -> None:
    """Put a whole new file in the place of `path`; on OSError the old one stays."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
