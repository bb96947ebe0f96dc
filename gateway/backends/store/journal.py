"""Where a commit goes first: one page-aligned record, one write, one sync.

Two files of fixed size take turns. Their blocks are laid down in advance, so that a sync writes the record and nothing
else, and a full disk does not stop it. A page that holds a record is not written again before its file's next turn: a
power cut in the middle of a write can only cost what was not acknowledged.

File: a page with magic and salt, then records, each from the start of a page: magic, length, serial, a keyed hash of
these and the content, content, zeros. Keyed, because the content is partly what nodes sent, which may look like a
record.
"""

from __future__ import annotations

import os
import struct
from hashlib import blake2b
from pathlib import Path
from secrets import token_bytes

import msgspec

PAGE = 4096
SALT_BYTES = 16
_FILE_MAGIC = b"EGJ1"
_MAGIC = b"\xf5EGr"
_HEAD = struct.Struct("<4sIQ")
_DIGEST_BYTES = 16
_START = _HEAD.size + _DIGEST_BYTES


class Record(msgspec.Struct, frozen=True, gc=False):
    """What was appended. Serials rise by one."""

    serial: int
    content: bytes


class Journal:
    """Appends records. All methods raise OSError when the disk does not allow them.

    `salt` empty: take the files' own, or a new one where they have none.
    """

    def __init__(self, files: tuple[Path, Path], size: int, salt: bytes = b"") -> None:
        self._paths = files
        self._size = max(size - size % PAGE, 2 * PAGE)
        self.salt = salt or next(filter(None, map(_salt_of, self._paths)), b"") or token_bytes(SALT_BYTES)
        self.serial = 0
        """Of the newest record."""
        self._turn = 0
        self._at = PAGE
        self._files: list[int] = []

    def read(self) -> list[Record]:
        """Every sound record that is still there, oldest first."""
        found = self.read_again()
        if found:
            self.serial = found[-1].serial
        return found

    def read_again(self) -> list[Record]:
        """The same while it is open; after the newest there may be one that could not be synced."""
        found = [record for path in self._paths for record in _records(path, self.salt)]
        found.sort(key=lambda record: record.serial)
        return found

    def open(self, serial: int) -> None:
        """Begin to append after `serial`. Everything there is must have been settled for good."""
        self.serial = max(self.serial, serial)
        self._files = [_lay_out(path, self._size, self.salt) for path in self._paths]
        _sync_folder(self._paths[0].parent)

    def fits(self, content: bytes) -> bool:
        """Whether there is room in this turn's file; if not, `switch` first. A new turn takes any length."""
        return self._at == PAGE or self._at + _START + len(content) <= self._size

    def append(self, content: bytes) -> int:
        """The serial of the record, which is on the disk."""
        serial = self.serial + 1
        head = _HEAD.pack(_MAGIC, len(content), serial)
        record = b"".join((head, _digest(self.salt, head, content), content))
        length = -(-len(record) // PAGE) * PAGE
        _write(self._files[self._turn], record.ljust(length, b"\0"), self._at)
        os.fdatasync(self._files[self._turn])
        self._at += length
        self.serial = serial
        return serial

    def switch(self) -> None:
        """The other file's turn. What it holds must have been settled for good."""
        other = 1 - self._turn
        if os.fstat(self._files[other]).st_size > self._size:
            os.ftruncate(self._files[other], self._size)  # a record had been longer than the room that was left
        self._turn, self._at = other, PAGE

    def close(self) -> None:
        """Let go of the files."""
        for file in self._files:
            os.close(file)
        self._files = []


def _write(file: int, data: bytes, at: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(file, view, at)
        view, at = view[written:], at + written


def _digest(salt: bytes, head: bytes, content: bytes) -> bytes:
    digest = blake2b(head, key=salt, digest_size=_DIGEST_BYTES)
    digest.update(content)
    return digest.digest()


def _first_page(salt: bytes) -> bytes:
    return (_FILE_MAGIC + salt + blake2b(salt, digest_size=_DIGEST_BYTES).digest()).ljust(PAGE, b"\0")


def _salt_of(path: Path) -> bytes:
    """The salt that the file names; empty when it is damaged or not there."""
    try:
        with path.open("rb") as file:
            page = file.read(PAGE)
    except FileNotFoundError:
        return b""
    salt = page[len(_FILE_MAGIC) : len(_FILE_MAGIC) + SALT_BYTES]
    return salt if page == _first_page(salt) else b""


def _records(path: Path, salt: bytes) -> list[Record]:
    if not path.exists():
        return []
    found = []
    with path.open("rb") as file:
        at = PAGE
        while head := _read(file.fileno(), _START, at):
            record = _record(file.fileno(), head, at, salt)
            if record is not None:
                found.append(record)
            at += PAGE if record is None else -(-(_START + len(record.content)) // PAGE) * PAGE
    return found


def _record(file: int, head: bytes, at: int, salt: bytes) -> Record | None:
    if len(head) < _START or not head.startswith(_MAGIC):
        return None
    _, length, serial = _HEAD.unpack_from(head)
    content = _read(file, length, at + _START)
    whole = len(content) == length and _digest(salt, head[: _HEAD.size], content) == head[_HEAD.size :]
    return Record(serial, content) if whole else None


def _read(file: int, length: int, at: int) -> bytes:
    return os.pread(file, min(length, max(os.fstat(file).st_size - at, 0)), at)


def _lay_out(path: Path, size: int, salt: bytes) -> int:
    """The file, open, with all its blocks written once: later syncs need not tell the file system anything."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        known = os.fstat(file).st_size
        if known > size:
            os.ftruncate(file, size)
        for at in range(known - known % PAGE, size, 64 * PAGE):
            _write(file, bytes(min(64 * PAGE, size - at)), at)
        if _salt_of(path) != salt:
            _write(file, _first_page(salt), 0)
        os.fsync(file)
        # Cached as it was laid down, in large pieces, a record would cost the writing of a whole piece.
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    except OSError:
        os.close(file)
        raise
    return file


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
