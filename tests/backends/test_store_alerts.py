"""Alerts, messages, marks and the assistant's log: kept whole, in order, bounded, and read back bit for bit."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.backends.store.alerts import FIRST_END
from gateway.backends.store.settings import StoreSettings
from gateway.core.alerts.alert import Alert
from gateway.core.delivery import DELIVERY_STATES, ENDS, Delivery, DeliveryState
from gateway.core.ports.alerts import alert_kept, delivery_kept
from gateway.core.ports.store import DeviceErased, NotesDated
from tests.backends.alert_kit import HOUR_MS, MADE_MS, alert, delivered, mark, parcel, queued, said, still
from tests.backends.store_kit import commit, running, settle


def _ids(found: list[Alert]) -> list[str]:
    return [one.id for one in found]


def _names(found: list[Delivery]) -> list[str]:
    return [one.parcel.id for one in found]


def test_what_is_an_end_is_what_the_schema_takes_for_one() -> None:
    assert {state for state, number in DELIVERY_STATES.items() if number >= FIRST_END} == set(ENDS)


async def test_an_alert_is_read_back_bit_for_bit_also_after_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, alert_kept(alert("a1")), alert_kept(still("a2", MADE_MS + 1)))
        assert await store.alert("a1") == alert("a1")
        assert await store.alert("a3") is None
    async with running(tmp_path) as store:
        assert await store.alerts() == [still("a2", MADE_MS + 1), alert("a1")]
        assert await store.open_alerts() == [still("a2", MADE_MS + 1)]


async def test_an_alert_of_which_something_is_still_to_be_told_is_kept_as_an_open_one(tmp_path: Path) -> None:
    waits = alert_kept(alert("a1", told=("open",)), pending=True)
    async with running(tmp_path, StoreSettings(alert_rows=20)) as store:
        await commit(store, waits, *(alert_kept(alert(f"b{n}", MADE_MS + n + 1)) for n in range(60)))
        await commit(store, NotesDated(MADE_MS, MADE_MS, 5))
        (found,) = await store.open_alerts()
        assert (found.opened_ms, found.over_ms) == (MADE_MS + 5, MADE_MS + HOUR_MS)


@pytest.mark.parametrize("together", [True, False])
async def test_the_last_word_about_an_alert_counts_in_everything(tmp_path: Path, together: bool) -> None:
    words = [still("a1"), still("a1", acked_ms=None, level="info", told=()), alert("a1", key="part/disk", times=9)]
    async with running(tmp_path) as store:
        if together:
            await commit(store, *map(alert_kept, words))
        for word in () if together else words:
            await commit(store, alert_kept(word))
            await settle(store)
        assert await store.alerts() == [words[-1]]
        assert await store.open_alerts() == []


async def test_alerts_are_listed_by_key_by_time_by_cause_and_page_by_page(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        for n in (3, 0, 4, 1, 2):
            key = "part/disk" if n % 2 else "part/store"
            await commit(store, alert_kept(alert(f"a{n}", MADE_MS + n * HOUR_MS, key=key, correlation=f"c{n % 2}")))
        await commit(store, alert_kept(alert("none", MADE_MS - 1, correlation="")))
        assert _ids(await store.alerts()) == ["a4", "a3", "a2", "a1", "a0", "none"]
        assert _ids(await store.alerts(limit=2)) == ["a4", "a3"]
        assert _ids(await store.alerts(limit=2, before="a3")) == ["a2", "a1"]
        assert await store.alerts(before="unknown") == []
        assert _ids(await store.alerts(key="part/store")) == ["a4", "a2", "a0"]
        assert _ids(await store.alerts(key="part/store", before="a4", limit=1)) == ["a2"]
        assert _ids(await store.alerts(correlation="c1")) == ["a3", "a1"]
        assert await store.alerts(correlation="c1", key="part/store") == []
        assert _ids(await store.alerts(from_ms=MADE_MS + HOUR_MS, to_ms=MADE_MS + 3 * HOUR_MS)) == ["a2", "a1"]
        assert len(await store.alerts(from_ms=-(1 << 70), to_ms=1 << 70)) == 6


async def test_of_too_many_alerts_the_oldest_that_are_over_go_first(tmp_path: Path) -> None:
    async with running(tmp_path, StoreSettings(alert_rows=40)) as store:
        await commit(store, alert_kept(still("open", 5)))
        for n in range(300):
            await commit(store, alert_kept(alert(f"a{n}", MADE_MS + n)), alert_kept(alert(f"a{n}", MADE_MS + n)))
            if n % 7 == 0:
                await settle(store)
        found = _ids(await store.alerts(limit=1000))
        assert 39 <= len(found) <= 41
        assert found == [*(f"a{n}" for n in range(299, 300 - len(found), -1)), "open"]
        await commit(store, *(alert_kept(still(f"o{n}", n)) for n in range(60)))
        assert len(await store.open_alerts()) == 61


async def test_a_message_goes_its_way_and_is_read_back_bit_for_bit(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, delivery_kept(queued()))
        assert await store.deliveries() == [queued()]
        await settle(store)
        sending = Delivery(parcel=parcel(lane="telegram/43"), state=DeliveryState.SENDING, tried=1)
        await commit(store, delivery_kept(sending))
        assert await store.deliveries(open_only=True) == [sending]
        await commit(store, delivery_kept(delivered()))
    async with running(tmp_path) as store:
        assert await store.deliveries() == [delivered()]
        assert await store.deliveries(open_only=True) == []


@pytest.mark.parametrize("settled", [True, False])
@pytest.mark.parametrize("end", ENDS)
async def test_nothing_follows_the_end_of_a_message(tmp_path: Path, end: DeliveryState, settled: bool) -> None:
    last = replace(delivered(), state=end)
    async with running(tmp_path) as store:
        await commit(store, delivery_kept(last))
        if settled:
            await settle(store)
        for state in DeliveryState:
            await commit(store, delivery_kept(replace(delivered(), state=state, detail="once more")))
        assert await store.deliveries() == [last]


async def test_messages_keep_the_order_in_which_each_was_said_first(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        for n in (2, 0, 1):
            await commit(store, delivery_kept(queued(f"d{n}", MADE_MS - n)))
        await settle(store)
        await commit(store, *(delivery_kept(queued(f"d{n}", tried)) for n, tried in ((0, 1), (3, 2), (2, 3))))
        await commit(store, delivery_kept(queued("d4")), delivery_kept(queued("d5")), delivery_kept(queued("d4")))
        assert _names(await store.deliveries()) == ["d2", "d0", "d1", "d3", "d4", "d5"]
        await commit(store, delivery_kept(delivered("d0")))
        assert _names(await store.deliveries()) == ["d2", "d0", "d1", "d3", "d4", "d5"]
        assert _names(await store.deliveries(open_only=True)) == ["d2", "d1", "d3", "d4", "d5"]


async def test_messages_are_listed_by_lane_and_alert_and_those_that_wait_whatever_the_limit(tmp_path: Path) -> None:
    async with running(tmp_path, StoreSettings(delivery_rows=20)) as store:
        for n in range(60):
            lane = f"telegram/{n % 2}"
            await commit(store, delivery_kept(delivered(f"e{n}", lane=lane, alert=f"a{n % 3}")))
        waiting = [queued(f"w{n}", lane="telegram/1", alert="a1") for n in range(30)]
        await commit(store, *map(delivery_kept, waiting))
        assert _names(await store.deliveries(open_only=True, limit=1)) == [f"w{n}" for n in range(30)]
        assert len(await store.deliveries(limit=5)) == 30
        assert _names(await store.deliveries(limit=32))[:3] == ["e58", "e59", "w0"]
        assert _names(await store.deliveries(lane="telegram/0", limit=2)) == ["e56", "e58"]
        assert _names(await store.deliveries(alert="a1", limit=31))[:2] == ["e58", "w0"]
        assert await store.deliveries(lane="telegram/0", alert="a1", open_only=True) == []
        of_all = await store.deliveries()
        assert 30 + 19 <= len(of_all) <= 30 + 20


async def test_of_marks_the_last_counts_and_an_empty_one_is_none(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, mark(), mark("alerts.muted", b"1"))
        await commit(store, mark(value=b"2"), mark("alerts.muted", b""))
        assert await store.marks() == {"telegram.updates": b"2"}
        await settle(store)
        await commit(store, mark(value=b""), mark("alerts.muted", b"3"), mark("nobody", b""))
    async with running(tmp_path) as store:
        assert await store.marks() == {"alerts.muted": b"3"}


async def test_the_log_of_the_assistant_is_bounded_and_said_again_it_changes_nothing(tmp_path: Path) -> None:
    async with running(tmp_path, StoreSettings(said_rows=40)) as store:
        await commit(store, said())
        await commit(store, said(reply=b"other"))
        assert await store.said() == [said()]
        for n in range(100):
            await commit(store, said(f"n{n}", MADE_MS + n + 1))
        found = await store.said(limit=1000)
        assert 38 <= len(found) <= 40
        assert found[0] == said("n99", MADE_MS + 100)
        assert await store.said(limit=2) == found[:2]


async def test_dating_moves_alerts_and_messages_inside_and_out(tmp_path: Path) -> None:
    by = 1_000_000
    async with running(tmp_path) as store:
        acked = still("open", MADE_MS - 100, acked_ms=MADE_MS + 3)
        over = alert("over", MADE_MS - 50, acked_ms=MADE_MS - 20, over_ms=MADE_MS + 5, first_ms=MADE_MS + 2)
        whole = alert("then", MADE_MS + 1, over_ms=MADE_MS + HOUR_MS)
        before = alert("before", MADE_MS - 9 * HOUR_MS)
        await commit(store, *map(alert_kept, (acked, over, whole, before)))
        waits, old = queued("waits", MADE_MS + 2), delivered("old", MADE_MS - HOUR_MS)
        ended = replace(delivered("ended", MADE_MS - HOUR_MS), ended_ms=MADE_MS + 4)
        await commit(store, *map(delivery_kept, (waits, old, ended)), said("s1", MADE_MS + 1), said("s2", MADE_MS - 1))
        await commit(store, NotesDated(MADE_MS, MADE_MS + 10, by))
        alerts = {one.id: one for one in await store.alerts()}
        assert alerts["open"] == replace(acked, acked_ms=MADE_MS + 3 + by)
        assert alerts["over"] == replace(over, over_ms=MADE_MS + 5 + by, first_ms=MADE_MS + 2 + by)
        assert alerts["then"] == replace(
            whole, opened_ms=MADE_MS + 1 + by, acked_ms=MADE_MS + 8 + by, told_ms=MADE_MS + 4 + by
        )
        assert alerts["before"] == before
        assert [one.id for one in await store.alerts(from_ms=MADE_MS)] == ["then"]
        messages = {one.parcel.id: one for one in await store.deliveries()}
        moved = replace(waits.parcel, made_ms=MADE_MS + 2 + by)  # what it tells of was before
        assert messages == {
            "waits": replace(waits, parcel=moved),
            "old": old,
            "ended": replace(ended, ended_ms=MADE_MS + 4 + by),
        }
        assert {one.id: one.time_ms for one in await store.said()} == {"s1": MADE_MS + 1 + by, "s2": MADE_MS - 1}


async def test_erasing_a_device_leaves_what_people_were_told(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, alert_kept(alert("a1")), delivery_kept(queued()), mark(), said(), DeviceErased("node-1"))
        assert (await store.alerts(), await store.deliveries()) == ([alert("a1")], [queued()])
        assert (await store.marks(), await store.said()) == ({mark().name: mark().value}, [said()])


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE alerts SET body = x'ff' WHERE id = 'bad'",
        "UPDATE alerts SET body = (SELECT body FROM alerts WHERE id = 'good') WHERE id = 'bad'",
        "UPDATE deliveries SET body = x'80' WHERE id = 'bad'",
        "UPDATE deliveries SET state = 77 WHERE id = 'bad'",
        "UPDATE deliveries SET body = (SELECT body FROM deliveries WHERE id = 'good') WHERE id = 'bad'",
    ],
)
async def test_what_cannot_be_read_is_left_out_and_the_rest_is_there_and_can_be_dated(
    tmp_path: Path, damage: str
) -> None:
    async with running(tmp_path) as store:
        await commit(store, alert_kept(alert("bad")), alert_kept(alert("good")))
        await commit(store, delivery_kept(delivered("bad")), delivery_kept(delivered("good")))
    with closing(sqlite3.connect(tmp_path / "gateway.db", isolation_level=None)) as connection:
        assert connection.execute(damage).rowcount == 1
    async with running(tmp_path) as store:
        assert await commit(store, NotesDated(MADE_MS - 9, MADE_MS + 10, 1)) is None
        both = {"alerts": set(_ids(await store.alerts())), "deliveries": set(_names(await store.deliveries()))}
        assert both.pop(damage.split()[1]) == {"good"}
        assert set(*both.values()) == {"bad", "good"}
        assert (await store.alert("good") or alert()).opened_ms == MADE_MS + 1
