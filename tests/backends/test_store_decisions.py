"""Decisions and overrides: kept with all they rest on, bounded, and read back bit for bit."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.backends.store import decision_history, decisions
from gateway.backends.store.settings import StoreSettings
from gateway.core.decisions import Outcome
from gateway.core.ports.decisions import override_kept
from gateway.core.ports.store import Change, DeviceErased, NotesDated
from tests.backends.decision_kit import HOUR_MS, MADE_MS, Book, decision, made, moved, override
from tests.backends.store_kit import commit, running, settle


async def test_a_decision_is_read_back_bit_for_bit_also_after_a_restart(tmp_path: Path) -> None:
    plain = replace(decision("d2"), missing=(), cuts=(), shadow=None, runtime="", model="teacher", lessons="")
    async with running(tmp_path) as store:
        await commit(
            store, made(), made("d2", missing=(), cuts=(), shadow=None, runtime="", model="teacher", lessons="")
        )
        assert await store.decision("d1") == decision()
        assert await store.decision("d3") is None
    async with running(tmp_path) as store:
        assert await store.decisions() == [plain, decision()]
        found = await store.decision("d1")
        assert found is not None
        assert str(found.moment.outdoor_temperature_c) == "-0.0"


async def test_a_decision_that_is_said_again_changes_nothing(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, made(), moved())
        await commit(store, made(why="other"), made(device="window-2"))
        await settle(store)
        await commit(store, made(outcome=Outcome.FAILED))
        assert await store.decisions() == [decision(outcome=Outcome.DONE)]


@pytest.mark.parametrize("together", [True, False])
async def test_the_last_word_about_a_decision_counts(tmp_path: Path, together: bool) -> None:
    changes: list[Change] = [
        moved(detail="nobody knows it yet"),
        made(),
        moved(outcome=Outcome.FAILED, detail="stuck"),
        moved("d9", detail="nobody knows it at all"),
        made("d2"),
        moved(detail="got there: \0 ü"),
    ]
    async with running(tmp_path) as store:
        if together:
            await commit(store, *changes)
        for change in () if together else changes:
            await commit(store, change)
            await settle(store)
        done = decision(outcome=Outcome.DONE, detail="got there: \0 ü")
        assert await store.decisions() == [decision("d2"), done]


async def test_decisions_are_listed_newest_first_by_device_by_reading_and_page_by_page(tmp_path: Path) -> None:
    changes = [made(f"d{n}", f"window-{n % 2}", MADE_MS + n, correlation=f"n/b/{n % 3}") for n in range(10)]
    async with running(tmp_path) as store:
        for change in changes:
            await commit(store, change)
        await commit(store, made("quiet", "window-1", correlation=""))
        assert [one.id for one in await store.decisions()] == ["quiet", *(f"d{n}" for n in range(9, -1, -1))]
        assert [one.id for one in await store.decisions(limit=3)] == ["quiet", "d9", "d8"]
        assert [one.id for one in await store.decisions("window-0", 2)] == ["d8", "d6"]
        assert [one.id for one in await store.decisions("window-0", 2, "d6")] == ["d4", "d2"]
        assert await store.decisions("window-0", before="d0") == []
        assert await store.decisions(before="unknown") == []
        assert [one.id for one in await store.decisions(correlation="n/b/2")] == ["d8", "d5", "d2"]
        assert [one.id for one in await store.decisions("window-1", correlation="n/b/2")] == ["d5"]
        assert await store.decisions("window-9") == []


async def test_an_override_is_read_back_and_only_its_end_its_words_and_its_forgetting_change(tmp_path: Path) -> None:
    rule = override("o2", moment=None, source="command", who="rule:1")
    again = override(position=99.0, who="eve", moment=None, correlation="", source="hand")
    told = {"until_ms": 5, "learnt": "In the evening I open more.", "revoked_ms": 7, "ended_ms": 6}
    async with running(tmp_path) as store:
        await commit(store, override_kept(override()), override_kept(rule))
        assert await store.overrides() == [override(), rule]
        assert await store.overrides("window-2") == []
        await commit(store, override_kept(replace(again, **told)))
        assert await store.overrides("window-1") == [replace(override(), **told), rule]
    async with running(tmp_path) as store:
        await commit(
            store, override_kept(override()), override_kept(replace(again, learnt="x")), override_kept(override())
        )
        assert await store.overrides() == [override(), rule]


async def test_decisions_never_take_more_rows_than_allowed(tmp_path: Path) -> None:
    for start in (0, 300):
        async with running(tmp_path, StoreSettings(decision_rows=40)) as store:
            for n in range(start, start + 300):
                await commit(store, made(f"d{n}"), moved(f"d{n}"))
                if n % 7 == 0:
                    await settle(store)
            found = [one.id for one in await store.decisions(limit=1000)]
            assert 38 <= len(found) <= 40
            assert found == [f"d{n}" for n in range(start + 299, start + 299 - len(found), -1)]


async def test_an_override_of_another_device_with_the_same_id_changes_nothing(tmp_path: Path) -> None:
    forgotten = replace(override(), revoked_ms=MADE_MS + 5)
    async with running(tmp_path) as store:
        await commit(store, override_kept(forgotten))
        await commit(store, override_kept(override(device="window-9")))
        assert await store.overrides() == [forgotten]


async def test_of_too_many_overrides_those_that_teach_no_more_go_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decisions, "_LEAST", decisions._LEAST.replace(f"<= {decisions.LESSONS}", "<= 12"))
    async with running(tmp_path, StoreSettings(override_rows=40)) as store:
        for n in range(10):
            await commit(store, override_kept(override(f"first-{n}", "quiet-window")))
        for n in range(300):
            said = override(f"o{n}", moment=None) if n % 3 == 0 else override(f"o{n}")
            await commit(store, override_kept(replace(said, revoked_ms=5) if n % 3 == 1 else said))
            await settle(store)
        found = [one.id for one in await store.overrides()]
        assert 38 <= len(found) <= 40
        assert found[:10] == [f"first-{n}" for n in range(10)]
        lessons = [one.id for one in await store.overrides("window-1") if one.teaches(MADE_MS)]
        assert lessons[-12:] == [f"o{n}" for n in range(266, 300, 3)]
        assert found[-1] == "o299"


async def test_erasing_a_device_takes_its_decisions_and_overrides_and_nothing_else(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        for device in ("gone", "stays"):
            await commit(store, made(f"{device}-1", device), override_kept(override(f"{device}-o", device)))
        await commit(store, made("gone-2", "gone"), DeviceErased("gone"), moved("gone-2"))
        assert [one.id for one in await store.decisions()] == ["stays-1"]
        assert [one.id for one in await store.overrides()] == ["stays-o"]
        await commit(store, made("gone-1", "gone"))
        assert [one.id for one in await store.decisions("gone")] == ["gone-1"]


async def test_decisions_and_overrides_move_with_the_clock_that_was_wrong(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        for at in (5, 10, 20, 21):
            await commit(store, made(f"d{at}", at_ms=at), override_kept(override(f"o{at}", at_ms=at, revoked_ms=15)))
        await commit(store, override_kept(override("ended", at_ms=5, ended_ms=12)))
        await commit(store, override_kept(override("now", at_ms=19)), NotesDated(10, 20, 1000))
        assert [one.time_ms for one in await store.decisions()] == [21, 1020, 1010, 5]
        assert {one.moment.time_ms for one in await store.decisions()} == {MADE_MS}
        found = {one.id: one for one in await store.overrides()}
        assert [found[f"o{at}"].time_ms for at in (5, 10, 20, 21)] == [5, 1010, 1020, 21]
        assert [found[f"o{at}"].until_ms - HOUR_MS for at in (5, 10, 20, 21)] == [5, 1010, 1020, 21]
        assert {found[f"o{at}"].revoked_ms for at in (5, 10, 20, 21)} == {1015}
        assert (found["ended"].time_ms, found["ended"].ended_ms) == (5, 1012)
        assert (found["now"].time_ms, found["now"].revoked_ms, found["now"].ended_ms) == (1019, None, None)


async def test_thousands_of_decisions_settled_together_end_as_one_by_one(tmp_path: Path) -> None:
    book = Book()
    async with running(tmp_path, StoreSettings(settle_changes=100_000)) as store:
        for n in range(2500):
            changes: list[Change] = [made(f"d{n}", f"window-{n % 9}"), moved(f"d{n - 7}", Outcome.FAILED, f"why {n}")]
            book.take(changes)
            store.submit(changes)
        await store.flush()
        assert {one.id: one for one in await store.decisions(limit=3000)} == book.decisions


async def test_what_is_no_decision_is_left_out_loudly(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with running(tmp_path) as store:
        await commit(store, *(made(f"d{n}") for n in range(5)))
        await commit(store, *(override_kept(override(f"o{n}")) for n in range(3)))
    with closing(sqlite3.connect(tmp_path / "gateway.db")) as vandal:
        vandal.execute("UPDATE decisions SET moment = x'ff' WHERE id = 'd0'")
        vandal.execute("UPDATE decisions SET outcome = 99 WHERE id = 'd1'")
        vandal.execute("UPDATE decisions SET missing = x'' WHERE id = 'd3'")
        vandal.execute("UPDATE overrides SET source = 'nobody' WHERE id = 'o0'")
        vandal.execute("UPDATE overrides SET moment = x'7b' WHERE id = 'o2'")
        vandal.commit()
    async with running(tmp_path) as store:
        assert [one.id for one in await store.decisions()] == ["d4", "d2"]
        assert await store.decision("d0") is None
        assert [one.id for one in await store.overrides()] == ["o1"]
    assert "what is stored of ('d1', 'window-1') cannot be read" in caplog.text
    assert "what is stored of ('o2', 'window-1') cannot be read" in caplog.text


async def test_the_indexes_are_used(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, *(made(f"d{n}") for n in range(50)))
        await settle(store)
    move = f"WITH {decisions._SAID} AS (VALUES (?, ?, ?), (?, ?, ?)) {decisions._MOVE}"
    with closing(sqlite3.connect(tmp_path / "gateway.db")) as connection:
        for sql, parameters, index in (
            (decision_history._OF_DEVICE, ("a", "", 5), "decisions_of_device"),
            (decision_history._CAUSED, ("", "", 5, "n/b/1"), "decisions_caused"),
            (decision_history._ONE, ("a",), "sqlite_autoindex_decisions_1"),
            (move, ("a", 1, "", "b", 1, ""), "sqlite_autoindex_decisions_1"),
        ):
            plan = " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", parameters))
            assert index in plan
            assert "SCAN decisions" not in plan
