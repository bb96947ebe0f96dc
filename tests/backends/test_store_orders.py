"""Commands and shadows: kept with everything that became of them, bounded, and read back."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from itertools import permutations
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.backends.store import order_history
from gateway.backends.store.settings import StoreSettings
from gateway.backends.store.store import Store
from gateway.core.commands import CommandStatus
from gateway.core.messages import Happened
from gateway.core.ports.orders import DesiredKept, ReportedKept
from gateway.core.ports.store import DeviceErased, NotesDated, Quarantined
from gateway.core.shadow import Shadow
from tests.backends.order_kit import ASKED_MS, HOUR_MS, Book, command, kept, step
from tests.backends.store_kit import commit, reading, running, settle

QUEUED, SENT, ACCEPTED, EXPIRED, FAILED, DONE = CommandStatus


async def test_a_command_is_read_back_with_all_that_became_of_it_also_after_a_restart(tmp_path: Path) -> None:
    asked = kept(args=b'{"position":40,"\xc3\xbc":[1,null,{"a":true}]}')
    life = [step(SENT), step(ACCEPTED, at_ms=ASKED_MS + 2), step(DONE, at_ms=ASKED_MS + 3, detail="moved")]
    async with running(tmp_path) as store:
        await commit(store, asked)
        assert await store.command("c1") == command(asked)
        for number, one in enumerate(life, 1):
            await commit(store, one)
            assert await store.command("c1") == command(asked, *life[:number])
        assert await store.command("c2") is None
    async with running(tmp_path) as store:
        assert await store.command("c1") == command(asked, *life)
        assert await store.commands() == [command(asked, *life)]
        assert await store.open_commands() == []


async def test_to_say_that_an_id_is_new_nothing_is_settled_and_what_was_erased_is_not_found(tmp_path: Path) -> None:
    async with running(tmp_path, StoreSettings(settle_s=3600)) as store:
        asked = kept()
        await commit(store, asked)
        unsettled = store.snapshot().unsettled
        assert unsettled
        assert await store.command("c2") is None
        assert store.snapshot().unsettled == unsettled
        assert await store.command("c1") == command(asked)
        assert store.snapshot().unsettled == 0
        await commit(store, DeviceErased(asked.device))
        assert await store.command("c1") is None


async def test_a_command_that_is_said_again_changes_nothing(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, kept(), step(SENT))
        await commit(store, kept(verb="other", device="window-2"), kept(at_ms=5))
        await settle(store)
        await commit(store, kept(who="somebody else"))
        assert await store.commands() == [command(kept(), step(SENT))]


@pytest.mark.parametrize("together", [True, False])
async def test_whatever_comes_in_any_order_ends_as_the_rules_say(tmp_path: Path, together: bool) -> None:
    orders = list(permutations((SENT, ACCEPTED, EXPIRED, FAILED, DONE), 4))
    lives = [[step(one, f"c{n}", ASKED_MS + at) for at, one in enumerate(order)] for n, order in enumerate(orders)]
    async with running(tmp_path) as store:
        if together:
            await commit(store, *(change for n, life in enumerate(lives) for change in (kept(f"c{n}"), *life)))
        else:
            await commit(store, *(kept(f"c{n}") for n in range(len(lives))))
            for place in range(4):
                await commit(store, *(life[place] for life in lives))
                await settle(store)
        found = {one.id: one for one in await store.commands(limit=1000)}
        assert found == {f"c{n}": command(kept(f"c{n}"), *life) for n, life in enumerate(lives)}


async def test_steps_of_a_command_that_nobody_knows_are_ignored(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, step(DONE), kept(), step(SENT))
        assert await store.commands() == [command(kept(), step(SENT))]
        await commit(store, step(DONE, "c9"))
        assert await store.command("c9") is None


async def test_commands_are_listed_newest_first_by_device_by_request_and_page_by_page(tmp_path: Path) -> None:
    asked = [kept(f"c{n}", f"window-{n % 2}", ASKED_MS + n, correlation=f"req-{n % 3}") for n in range(10)]
    async with running(tmp_path) as store:
        for one in asked:
            await commit(store, one, step(SENT, one.id))
        ids = [one.id for one in await store.commands()]
        assert ids == [f"c{n}" for n in range(9, -1, -1)]
        assert [one.id for one in await store.commands(limit=3)] == ["c9", "c8", "c7"]
        assert [one.id for one in await store.commands("window-1", 2)] == ["c9", "c7"]
        assert [one.id for one in await store.commands("window-1", 2, "c7")] == ["c5", "c3"]
        assert [one.id for one in await store.commands("window-1", before="c0")] == []
        assert [one.id for one in await store.commands(before="unknown")] == []
        assert [one.id for one in await store.commands(correlation="req-2")] == ["c8", "c5", "c2"]
        assert await store.commands("window-9") == []


async def test_open_commands_and_those_that_expired_within_a_day_are_taken_up_again_oldest_first(
    tmp_path: Path,
) -> None:
    now_ms = ASKED_MS + 100 * HOUR_MS
    lives = {
        "queued": [],
        "sent": [step(SENT, "sent")],
        "accepted": [step(SENT, "accepted"), step(ACCEPTED, "accepted")],
        "expired-long-ago": [step(EXPIRED, "expired-long-ago", now_ms - 25 * HOUR_MS)],
        "expired-lately": [step(EXPIRED, "expired-lately", now_ms - 23 * HOUR_MS)],
        "expired-but-done": [
            step(EXPIRED, "expired-but-done", now_ms - HOUR_MS),
            step(DONE, "expired-but-done", now_ms),
        ],
        "done": [step(DONE, "done")],
        "failed": [step(FAILED, "failed")],
    }
    store = Store(tmp_path / "gateway.db", StoreSettings(), lambda: now_ms)
    store.open()
    store.start(asyncio.get_running_loop())
    try:
        for name, steps in lives.items():
            await commit(store, kept(name), *steps)
        found = await store.open_commands()
    finally:
        await store.close()
    expected = ["queued", "sent", "accepted", "expired-lately"]
    assert found == [command(kept(name), *lives[name]) for name in expected]


async def test_commands_never_take_more_rows_than_allowed_but_those_without_an_end_stay(tmp_path: Path) -> None:
    for start in (0, 300):
        async with running(tmp_path, StoreSettings(command_rows=40)) as store:
            for n in range(start, start + 300):
                ends = () if n % 50 == 0 else (step(DONE, f"c{n}"),)
                await commit(store, kept(f"c{n}"), step(SENT, f"c{n}"), *ends)
                if n % 7 == 0:
                    await settle(store)
            found = [one.id for one in await store.commands(limit=1000)]
            still_open = [f"c{n}" for n in range(start + 299, -1, -1) if n % 50 == 0]
            assert 38 <= len(found) <= 40
            assert [one for one in found if one in still_open] == still_open
            ended = [one for one in found if one not in still_open]
            newest = [f"c{n}" for n in range(start + 299, -1, -1) if n % 50]
            assert ended == newest[: len(ended)]
            assert _count(tmp_path, "command_steps") == len(found) + len(ended)


def _count(folder: Path, table: str) -> int:
    with closing(sqlite3.connect(folder / "gateway.db")) as connection:
        count: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        return count


async def test_open_commands_alone_may_be_more_than_allowed(tmp_path: Path) -> None:
    async with running(tmp_path, StoreSettings(command_rows=5)) as store:
        for n in range(20):
            await commit(store, kept(f"c{n}"))
        assert len(await store.open_commands()) == 20
        await commit(store, *(step(DONE, f"c{n}") for n in range(20)))
        await commit(store, kept("last"))
        assert [one.id for one in await store.commands()] == ["last", "c19", "c18", "c17", "c16"]


async def test_both_sides_of_a_shadow_are_kept_apart(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, DesiredKept("node-1", 3, b'{"interval_s":10}', 100, "anna"))
        await commit(store, ReportedKept("node-1", 2, b'{"interval_s":60}', 200, "02:aa"))
        await commit(store, ReportedKept("node-2", 1, b"{}", 300))
        expected = [
            Shadow("node-1", 3, {"interval_s": 10}, 100, "anna", 2, {"interval_s": 60}, 200, "02:aa"),
            Shadow("node-2", reported_version=1, reported_ms=300),
        ]
        assert await store.shadows() == expected
        await commit(store, ReportedKept("node-1", 0, b"{}", 400))
        expected[0] = replace(expected[0], reported_version=0, reported={}, reported_ms=400, hardware="")
        assert await store.shadows() == expected
    async with running(tmp_path) as store:
        assert await store.shadows() == expected


@pytest.mark.parametrize("together", [True, False])
async def test_of_what_is_wanted_only_a_higher_version_counts(tmp_path: Path, together: bool) -> None:
    wanted = [DesiredKept("n", version, b'{"v":%d}' % n, n, "x") for n, version in enumerate((0, 5, 5, 3, 7, 6, 7))]
    async with running(tmp_path) as store:
        if together:
            await commit(store, *wanted)
        for one in wanted:
            await commit(store, one)
            await settle(store)
        (found,) = await store.shadows()
        assert found == Shadow("n", 7, {"v": 4}, 4, "x")


async def test_erasing_a_device_takes_its_commands_and_its_shadow_and_nothing_else(tmp_path: Path) -> None:
    def all_of(device: str) -> tuple[object, ...]:
        wants, says = DesiredKept(device, 1, b"{}", 1), ReportedKept(device, 1, b"{}", 1)
        return kept(f"{device}-1", device), step(SENT, f"{device}-1"), wants, says, reading(1, device=device)

    async with running(tmp_path) as store:
        await commit(store, *all_of("gone"), *all_of("stays"))
        await commit(store, kept("gone-2", "gone"), DeviceErased("gone"))
        await commit(store, step(DONE, "gone-1"))
        assert [one.id for one in await store.commands()] == ["stays-1"]
        assert [one.device for one in await store.shadows()] == ["stays"]
        assert _count(tmp_path, "command_steps") == 1
        await commit(store, DesiredKept("gone", 1, b'{"anew":1}', 2), kept("gone-1", "gone"))
        assert {one.device: one.desired for one in await store.shadows()} == {"gone": {"anew": 1}, "stays": {}}
        assert await store.command("gone-1") == command(kept("gone-1", "gone"))


async def test_commands_and_shadows_move_with_the_clock_that_was_wrong(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        for at in (5, 10, 20, 21):
            await commit(store, kept(f"c{at}", at_ms=at), step(SENT, f"c{at}", 15))
            await commit(store, DesiredKept(f"n{at}", 1, b"{}", at), ReportedKept(f"n{at}", 1, b"{}", at))
        await commit(store, kept("late", at_ms=12), step(EXPIRED, "late", 500), NotesDated(10, 20, 1000))
        found = {one.id: one for one in await store.commands()}
        assert [(one.created_ms, one.expires_ms - HOUR_MS) for one in found.values()] == [
            (at, at) for at in (1012, 21, 1020, 1010, 5)
        ]
        assert [one.time_ms for one in found["c10"].steps] == [1010, 1015]
        assert [one.time_ms for one in found["late"].steps] == [1012, 500]
        moved = {f"n{at}": to for at, to in ((5, 5), (10, 1010), (20, 1020), (21, 21))}
        assert {one.device: one.desired_ms for one in await store.shadows()} == moved
        assert {one.device: one.reported_ms for one in await store.shadows()} == moved


async def test_a_command_does_not_wait_where_readings_do(tmp_path: Path) -> None:
    async with running(tmp_path, StoreSettings(delay_s=3600.0)) as store:
        assert await commit(store, kept(), step(SENT)) is None
        assert await commit(store, DesiredKept("n", 1, b"{}", 1), ReportedKept("n", 1, b"{}", 1)) is None
        await settle(store)
        assert await store.command("c1") is not None


async def test_thousands_of_changes_settled_together_end_as_one_by_one(tmp_path: Path) -> None:
    book = Book()
    async with running(tmp_path, StoreSettings(settle_changes=100_000)) as store:
        for n in range(1500):
            changes = kept(f"c{n}", f"window-{n % 9}"), step(SENT, f"c{n}"), step(DONE if n % 3 else FAILED, f"c{n}")
            book.take(changes)
            store.submit(changes)
        await store.flush()
        assert {one.id: one for one in await store.commands(limit=2000)} == book.commands


async def test_what_is_no_command_is_left_out_and_an_unreadable_side_of_a_shadow_is_empty(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(tmp_path) as store:
        await commit(store, kept("good"), kept("bad"), kept("worse"), step(SENT, "worse"))
        await commit(store, DesiredKept("n", 4, b'{"a":1}', 1), ReportedKept("n", 3, b'{"a":1}', 1))
    with closing(sqlite3.connect(tmp_path / "gateway.db")) as vandal:
        vandal.execute("UPDATE commands SET args = x'ff00' WHERE id = 'bad'")
        vandal.execute("UPDATE command_steps SET status = 99")
        vandal.execute("UPDATE shadows SET desired = x'7b'")
        vandal.commit()
    async with running(tmp_path) as store:
        assert [one.id for one in await store.open_commands()] == ["good"]
        assert await store.shadows() == [Shadow("n", 4, {}, 1, "", 3, {"a": 1}, 1)]
    assert "the command bad of window-1 cannot be read" in caplog.text
    assert "a part of the shadow of n cannot be read" in caplog.text


async def test_a_command_whose_end_was_lost_does_not_look_open(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, kept(), step(SENT), step(DONE))
    with closing(sqlite3.connect(tmp_path / "gateway.db")) as vandal:
        vandal.execute("DELETE FROM command_steps WHERE status = 5")
        vandal.commit()
    async with running(tmp_path) as store:
        found = await store.command("c1")
        assert found is not None
        assert (found.status, found.steps[-1].detail) == (DONE, "when and why is lost")
        assert await store.open_commands() == []


async def test_an_event_names_its_asset_and_one_quarantined_message_is_found_by_its_id(tmp_path: Path) -> None:
    event = Happened(1, "plant.breach", "it is dry", "node-1", "soil_moisture", "node-1/b/1", True, "fern")
    async with running(tmp_path) as store:
        await commit(store, event, Happened(2, "clock.set", "NTP"))
        await commit(store, *(Quarantined("node-1", "t", b"x", f"reason {n}", n) for n in range(3)))
        assert await store.happened() == [Happened(2, "clock.set", "NTP"), event]
        for entry in await store.quarantine():
            assert await store.quarantined(entry.id) == entry
        assert await store.quarantined(4711) is None


async def test_the_indexes_are_used(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, *(kept(f"c{n}") for n in range(50)))
        await settle(store)
    with closing(sqlite3.connect(tmp_path / "gateway.db")) as connection:
        for sql, parameters, index in (
            (order_history._OPEN, (0, 1), "commands_open"),
            (order_history._OF_DEVICE, ("a", "", "", 5), "commands_of_device"),
            (order_history._ONE, ("a",), "sqlite_autoindex_commands_1"),
        ):
            plan = " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", parameters))
            assert index in plan
            assert "SCAN c" not in plan.replace("SCAN commands USING", "")
