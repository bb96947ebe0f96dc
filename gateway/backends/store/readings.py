"""Writing readings: collected while a batch is read, inserted together, named by small integers."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Callable, Iterable
from operator import itemgetter

import msgspec

from ...core.ports.store import OWN_CLOCK, BootAnchored, DeviceErased, FrameDated, ReadingTaken
from . import spans
from .blocks import WITH_QUALITY, read_chunk
from .chunks import numbers
from .figures import DAY_MS
from .rows import insert
from .staleness import Staleness

_CACHED = 4096
_NONE: frozenset[int] = frozenset()
_ERASED_AT_ONCE = 5000
_PIECES_AT_ONCE = 64
_ERASE_SOME = """
DELETE FROM readings WHERE boot = ?1 AND seq <=
    (SELECT max(seq) FROM (SELECT seq FROM readings WHERE boot = ?1 ORDER BY seq LIMIT ?2))"""
_ERASE_CHUNKS = """
DELETE FROM chunks WHERE boot = ?1 AND block <=
    (SELECT max(block) FROM (SELECT block FROM chunks WHERE boot = ?1 ORDER BY block LIMIT ?2))"""
_LAST_CHUNK = "SELECT block, last FROM chunks WHERE boot = ? ORDER BY block DESC LIMIT 1"
_NEVER = float("-inf")


class _Boot:
    """What the writer knows of one boot."""

    __slots__ = ("blocks", "device", "id", "last_seq", "open_block", "packed_to", "rolled_up", "rolled_utc")

    def __init__(self, key: int, device: str, last_seq: int, packed_to: int | None) -> None:
        self.id = key
        self.device = device
        self.last_seq = last_seq
        self.packed_to = packed_to
        """The highest block that has a chunk; None: there is none."""
        self.rolled_utc = self.rolled_up = _NEVER
        """Readings before this UTC, or before this uptime, change days that are rolled up already."""
        self.open_block: int | None = None
        """The block that has rows but no span."""
        self.blocks: dict[int, frozenset[int]] = {}
        """Blocks that got rows in this batch; which sequence numbers are in their chunks."""


class _Shape:
    """A set of metrics in the order they are packed."""

    __slots__ = ("id", "names", "ordered", "pack")

    def __init__(self, key: int, names: list[str]) -> None:
        self.id = key
        self.names = names
        self.ordered: Callable[[dict[str, float]], Iterable[float]] = (
            itemgetter(*names) if len(names) > 1 else dict[str, float].values
        )
        """The values of a reading with these metrics, in this order."""
        self.pack: Callable[..., bytes] = struct.Struct(f"<{len(names)}d").pack


class ReadingRows:
    """The tables boots, shapes, readings and spans, seen from the one connection that writes them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.taken = 0
        """Rows offered in this batch; of these `written` were new."""
        self.written = 0
        self.staleness = Staleness(connection)
        self._chore_pages = 0
        self._connection = connection
        self._boots: dict[tuple[str, str], _Boot] = {}
        self._newest: dict[str, int] = {}
        self._shapes: dict[tuple[str, ...], _Shape] = {}
        self._touched: list[_Boot] = []
        self._parameters: list[object] = []

    def take(self, reading: ReadingTaken) -> None:
        """Collect one reading for `flush`."""
        boot = self._boots.get((reading.device, reading.boot)) or self._load_boot(reading.device, reading.boot)
        values = reading.values
        order = tuple(values)
        shape = self._shapes.get(order) or self._load_shape(order)
        packed = shape.pack(*shape.ordered(values))
        flags = reading.flags & ~WITH_QUALITY
        if reading.quality:
            bits = bytes([reading.quality.get(name, 0) & 255 for name in shape.names])
            if any(bits):
                packed += bits
                flags |= WITH_QUALITY
        seq = boot.last_seq + 1 if reading.seq is None else reading.seq
        block = seq >> 10
        known = boot.blocks.get(block)
        if known is None:
            known = self._enter(boot, block)
        if seq in known:
            self.taken += 1
            return
        at = reading.at_ms
        self._parameters += (boot.id, seq, at, flags, shape.id, packed)
        if seq > boot.last_seq:
            boot.last_seq = seq
        if at < (boot.rolled_utc if flags & OWN_CLOCK else boot.rolled_up):
            self._note(boot, at, flags)

    def flush(self) -> int:
        """Write what was collected. Returns about how many pages that changed."""
        count = len(self._parameters) // 6
        if count:
            self.taken += count
            clash = "ON CONFLICT (boot, seq) DO NOTHING"
            self.written += insert(self._connection, "readings", 6, self._parameters, clash)
            self._parameters = []
        pages = count // 16
        touched, self._touched = self._touched, []
        for boot in touched:
            pages += len(boot.blocks)
            self._settle_spans(boot)
        return pages + self.staleness.flush()

    def anchor(self, change: BootAnchored) -> None:
        """Date a boot, or date it anew."""
        boot = self._boots.get((change.device, change.boot)) or self._load_boot(change.device, change.boot)
        self._redate(boot, change.epoch_ms, change.frame, change.drift_ppm)

    def date_frame(self, change: FrameDated) -> None:
        """Move every boot whose epoch was provisional in this frame."""
        sql = "SELECT device, boot, epoch_ms, drift_ppm FROM boots WHERE frame = ? AND epoch_ms IS NOT NULL"
        for device, name, epoch_ms, drift_ppm in self._connection.execute(sql, (change.frame,)).fetchall():
            boot = self._boots.get((device, name)) or self._load_boot(device, name)
            self._redate(boot, epoch_ms + change.shift_ms, change.into, drift_ppm)

    def _redate(self, boot: _Boot, epoch_ms: int, frame: str, drift_ppm: float) -> None:
        sql = "SELECT epoch_ms, frame, drift_ppm FROM boots WHERE id = ?"
        before = self._connection.execute(sql, (boot.id,)).fetchone()
        if before == (epoch_ms, frame, drift_ppm):
            return
        if boot.blocks:
            self.flush()  # what was collected moves, too
        self.staleness.note_boot(boot.device, boot.id, before[0], before[2])
        self._connection.execute(
            "UPDATE boots SET epoch_ms = ?, frame = ?, drift_ppm = ? WHERE id = ?",
            (epoch_ms, frame, drift_ppm, boot.id),
        )
        self.staleness.note_boot(boot.device, boot.id, epoch_ms, drift_ppm)
        self.staleness.flush()
        boot.rolled_utc, boot.rolled_up = self.staleness.limits(boot.device, epoch_ms, drift_ppm)

    def erase(self, change: DeviceErased) -> None:
        """Forget a device at once; its rows are removed by `erase_some`."""
        self.flush()
        for sql in (
            "INSERT INTO erased SELECT id FROM boots WHERE device = ?",
            "DELETE FROM boots WHERE device = ?",
        ):
            self._connection.execute(sql, (change.device,))
        self.staleness.erase(change.device)
        self._clear_caches()

    def erase_some(self) -> bool:
        """Remove a few thousand rows, or a few chunks, of erased boots; whether there is more to do."""
        found = self._connection.execute("SELECT boot FROM erased LIMIT 1").fetchone()
        if found is None:
            return False
        removed = self._connection.execute(_ERASE_SOME, (found[0], _ERASED_AT_ONCE)).rowcount
        if removed < _ERASED_AT_ONCE:
            removed = self._connection.execute(_ERASE_CHUNKS, (found[0], _PIECES_AT_ONCE)).rowcount
            if removed < _PIECES_AT_ONCE:
                for table in ("spans", "erased"):
                    self._connection.execute(f"DELETE FROM {table} WHERE boot = ?", found)  # noqa: S608 - our own names
        return True

    def packed(self, key: int, block: int) -> None:
        """A block of the boot with this id became a chunk."""
        for boot in self._boots.values():
            if boot.id == key:
                boot.packed_to = block if boot.packed_to is None else max(block, boot.packed_to)

    def chore_wrote(self, pages: int) -> None:
        """A chore changed about so many pages."""
        self._chore_pages += pages

    def pages_of_chores(self) -> int:
        """About how many pages chores changed since this was last asked."""
        pages, self._chore_pages = self._chore_pages, 0
        return pages

    def watermark_moved(self, device: str) -> None:
        """Other readings than before are late now."""
        for boot in self._boots.values():
            if boot.device == device:
                self._set_limits(boot)

    def settled(self) -> None:
        """The batch is on the disk: begin the next one."""
        self.taken = self.written = 0
        if len(self._boots) > _CACHED or len(self._shapes) > _CACHED:
            self._clear_caches()

    def forget(self) -> None:
        """The batch was rolled back: whatever was learnt in it may not be true."""
        self.taken = self.written = 0
        self._parameters = []
        self._touched = []
        self._clear_caches()

    def _clear_caches(self) -> None:
        self._boots.clear()
        self._newest.clear()
        self._shapes.clear()
        self.staleness.forget()

    def _load_boot(self, device: str, name: str) -> _Boot:
        found = self._connection.execute(
            "SELECT id FROM boots WHERE device = ? AND boot = ?", (device, name)
        ).fetchone()
        boot = self._read_boot(device, found[0]) if found else self._add_boot(device, name)
        self._boots[device, name] = boot
        return boot

    def _read_boot(self, device: str, key: int) -> _Boot:
        loose = self._connection.execute("SELECT max(seq) FROM readings WHERE boot = ?", (key,)).fetchone()[0]
        block, packed = self._connection.execute(_LAST_CHUNK, (key,)).fetchone() or (None, None)
        last = max((seq for seq in (loose, packed) if seq is not None), default=-1)
        boot = _Boot(key, device, last, block)
        if key == self._newest_of(device) and loose is not None and (block is None or spans.block_of(loose) > block):
            boot.open_block = spans.block_of(loose)
        self._set_limits(boot)
        return boot

    def _set_limits(self, boot: _Boot) -> None:
        row = self._connection.execute("SELECT epoch_ms, drift_ppm FROM boots WHERE id = ?", (boot.id,)).fetchone()
        if row is not None:
            boot.rolled_utc, boot.rolled_up = self.staleness.limits(boot.device, *row)

    def _enter(self, boot: _Boot, block: int) -> frozenset[int]:
        """The first row of this block in this batch: which of its sequence numbers are in a chunk."""
        known = _NONE
        if boot.packed_to is not None and block <= boot.packed_to:
            chunk = read_chunk(self._connection, boot.id, block)
            if chunk is not None:
                known = frozenset(numbers(chunk))
        if not boot.blocks:
            self._touched.append(boot)
        boot.blocks[block] = known
        return known

    def _note(self, boot: _Boot, at: int, flags: int) -> None:
        """A reading that is older than what is rolled up already."""
        if not flags & OWN_CLOCK:
            sql = "SELECT epoch_ms, drift_ppm FROM boots WHERE id = ?"
            epoch_ms, drift_ppm = self._connection.execute(sql, (boot.id,)).fetchone()
            at = spans.time_of(at, epoch_ms, drift_ppm)
        self.staleness.note(boot.device, (at // DAY_MS,))

    def _add_boot(self, device: str, name: str) -> _Boot:
        before = self._newest_of(device)
        added = self._connection.execute("INSERT INTO boots (device, boot) VALUES (?, ?)", (device, name)).lastrowid
        assert added is not None
        self._newest[device] = added
        if before is not None:
            self._close(device, before)
        boot = _Boot(added, device, -1, None)
        self._set_limits(boot)
        return boot

    def _close(self, device: str, key: int) -> None:
        """`key` is no longer the newest boot of its device: its last block gets a span, too."""
        name = self._connection.execute("SELECT boot FROM boots WHERE id = ?", (key,)).fetchone()[0]
        known = self._boots.get((device, name))
        if known is not None and known.blocks:
            return  # it has rows in this batch: `flush` sees that it is no longer the newest
        boot = known or self._read_boot(device, key)
        boot.open_block = spans.block_of(boot.last_seq)
        self._settle_spans(boot)

    def _newest_of(self, device: str) -> int | None:
        if device not in self._newest:
            row = self._connection.execute("SELECT max(id) FROM boots WHERE device = ?", (device,)).fetchone()
            if row[0] is None:
                return None
            self._newest[device] = row[0]
        return self._newest[device]

    def _settle_spans(self, boot: _Boot) -> None:
        blocks = set(boot.blocks)
        if boot.open_block is not None:
            blocks.add(boot.open_block)
        boot.open_block = None
        newest = spans.block_of(boot.last_seq)
        if boot.id == self._newest_of(boot.device) and (boot.packed_to is None or newest > boot.packed_to):
            boot.open_block = newest
            blocks.discard(newest)
        spans.measure(self._connection, boot.id, blocks)
        boot.blocks = {}

    def _load_shape(self, order: tuple[str, ...]) -> _Shape:
        names = sorted(order)
        text = msgspec.json.encode(names).decode()
        found = self._connection.execute("SELECT id FROM shapes WHERE metrics = ?", (text,)).fetchone()
        if found is None:
            key = self._connection.execute("INSERT INTO shapes (metrics) VALUES (?)", (text,)).lastrowid
            assert key is not None
        else:
            key = found[0]
        shape = self._shapes[order] = _Shape(key, names)
        return shape
