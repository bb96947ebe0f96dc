"""Quarantine and audit: kept, listed newest first, bounded."""

from __future__ import annotations

from pathlib import Path

from gateway.backends.store.settings import StoreSettings
from gateway.core.messages import Audited, Happened
from gateway.core.ports.store import NotesDated, QuarantineCleared, Quarantined
from tests.backends.store_kit import commit, running


def _bad(number: int, size: int = 1) -> Quarantined:
    return Quarantined("node-1", "devices/node-1/telemetry", b"x" * size, f"reason {number}", number)


async def test_quarantine_is_listed_newest_first_with_all_there_is_to_know(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, _bad(1), _bad(2, 70_000), _bad(3))
        assert [entry.message for entry in await store.quarantine()] == [_bad(3), _bad(2, 70_000), _bad(1)]
        assert len(await store.quarantine(limit=1)) == 1


async def test_a_cleared_entry_is_gone(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, _bad(1), _bad(2))
        newest = (await store.quarantine())[0]
        await commit(store, QuarantineCleared(newest.id), QuarantineCleared(4711))
        assert [entry.message.time_ms for entry in await store.quarantine()] == [1]


async def test_quarantine_never_holds_more_entries_than_allowed_and_keeps_the_newest(tmp_path: Path) -> None:
    for start in (0, 500):
        async with running(tmp_path, StoreSettings(quarantine_rows=40)) as store:
            for number in range(start, start + 500):
                await commit(store, _bad(number))
            kept = [entry.message.time_ms for entry in await store.quarantine()]
            assert 36 <= len(kept) <= 40
            assert kept == list(range(start + 499, start + 499 - len(kept), -1))


async def test_quarantine_never_holds_more_bytes_than_allowed(tmp_path: Path) -> None:
    async with running(tmp_path, StoreSettings(quarantine_bytes=100_000)) as store:
        for number in range(50):
            await commit(store, _bad(number, 9_000))
            kept = await store.quarantine()
            assert sum(len(entry.message.payload) for entry in kept) <= 100_000
        assert kept[0].message.time_ms == 49
        assert len(kept) >= 10


async def test_quarantine_can_be_switched_off(tmp_path: Path) -> None:
    async with running(tmp_path, StoreSettings(quarantine_rows=0)) as store:
        await commit(store, _bad(1))
        assert await store.quarantine() == []


async def test_audit_is_found_by_the_beginning_of_its_kind_and_by_who(tmp_path: Path) -> None:
    entries = [
        Audited(1, "mqtt.denied.publish", "node-1", "topic", "c1"),
        Audited(2, "mqtt.denied.subscribe", "node-2"),
        Audited(3, "mqtt.refused", "node-1"),
        Audited(4, "mqttx", "node-1"),
    ]
    async with running(tmp_path) as store:
        await commit(store, *entries)
        assert await store.audit() == entries[::-1]
        assert await store.audit(kind="mqtt.denied.") == entries[1::-1]
        assert await store.audit(kind="mqtt.", who="node-1") == [entries[2], entries[0]]
        assert await store.audit(limit=2) == entries[:1:-1]
        assert await store.audit(kind="m%") == []


async def test_audit_never_holds_more_entries_than_allowed(tmp_path: Path) -> None:
    async with running(tmp_path, StoreSettings(audit_rows=100)) as store:
        await commit(store, *(Audited(number, "kind", "who") for number in range(1000)))
        kept = [entry.time_ms for entry in await store.audit(limit=1000)]
        assert 95 <= len(kept) <= 100
        assert kept == list(range(999, 999 - len(kept), -1))


async def test_what_was_written_while_the_clock_was_wrong_moves_and_nothing_else_does(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        for time_ms in (5, 10, 20, 21):
            await commit(store, _bad(time_ms), Audited(time_ms, "k", "w"), Happened(time_ms, "k", "r"))
        await commit(store, NotesDated(10, 20, 1000))
        moved = [21, 1020, 1010, 5]
        assert [entry.message.time_ms for entry in await store.quarantine()] == moved
        assert [entry.time_ms for entry in await store.audit()] == moved
        assert [event.time_ms for event in await store.happened()] == moved
