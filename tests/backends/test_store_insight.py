"""Episodes, baselines and days of health: kept whole, bounded, and read back bit for bit."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gateway import portions
from gateway.backends.store import insight, insight_history
from gateway.backends.store.settings import StoreSettings
from gateway.backends.store.store import Store
from gateway.config.automation_settings import Anomaly
from gateway.config.settings import Settings
from gateway.core.insight import BaselineState, Episode, Nature, Verdict
from gateway.core.ports.insight import HealthKept
from gateway.core.ports.store import DeviceErased, NotesDated
from tests.backends.insight_kit import (
    FROZEN,
    HOUR_MS,
    MADE_MS,
    asked,
    baseline,
    collecting,
    episode,
    kept,
    plain_episode,
)
from tests.backends.store_kit import commit, running, settle

_UNJUDGED: dict[str, Any] = {"verdict": Verdict.NONE, "judged_by": "", "judged_ms": None}


def _ids(found: list[Episode]) -> list[str]:
    return [one.id for one in found]


async def test_an_episode_is_read_back_bit_for_bit_also_after_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, kept(episode()), kept(plain_episode("e2", at_ms=MADE_MS + 1)))
        assert await store.episode("e1") == episode()
        assert await store.episode("e3") is None
    async with running(tmp_path) as store:
        assert await store.episodes() == [plain_episode("e2", at_ms=MADE_MS + 1), episode()]
        found = await store.episode("e1")
        assert found is not None
        assert found.simulated is True


@pytest.mark.parametrize("together", [True, False])
async def test_the_last_word_about_an_episode_counts_in_everything(tmp_path: Path, together: bool) -> None:
    words = [
        plain_episode(),
        plain_episode(score=0.95, device="node-2", nature=Nature.SENSOR, reason="it is the sensor"),
        episode(device="node-3", verdict=Verdict.NORMAL),
        episode(device="node-3", verdict=Verdict.NONE, judged_by="", judged_ms=None, closed_ms=None),
    ]
    async with running(tmp_path) as store:
        if together:
            await commit(store, *map(kept, words))
        for word in () if together else words:
            await commit(store, kept(word))
            await settle(store)
        assert await store.episodes() == [words[-1]]


async def test_episodes_are_listed_by_place_by_device_by_time_and_page_by_page(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        for n in (3, 0, 4, 1, 2):  # not in the order in which they were opened
            asset = "pump" if n % 2 else "room"
            at_ms = MADE_MS + n * HOUR_MS
            await commit(store, kept(episode(f"e{n}", f"node-{n % 3}", at_ms, asset=asset, correlation=f"c{n % 2}")))
        late = MADE_MS + 9 * HOUR_MS
        await commit(store, kept(plain_episode("open", "node-1", late, asset="room", correlation="c0")))
        await commit(store, kept(plain_episode("quiet", "node-1", late, correlation="")))
        assert _ids(await store.episodes()) == ["quiet", "open", "e4", "e3", "e2", "e1", "e0"]
        assert _ids(await store.episodes(limit=2)) == ["quiet", "open"]
        assert _ids(await store.episodes(limit=2, before="open")) == ["e4", "e3"]
        assert await store.episodes(before="unknown") == []
        assert _ids(await store.episodes(asset="room")) == ["open", "e4", "e2", "e0"]
        assert _ids(await store.episodes(device="node-1")) == ["quiet", "open", "e4", "e1"]
        assert _ids(await store.episodes(asset="room", device="node-1")) == ["open", "e4"]
        assert _ids(await store.episodes(asset="room", before="e4")) == ["e2", "e0"]
        assert _ids(await store.episodes(open_only=True)) == ["quiet", "open"]
        assert _ids(await store.episodes(open_only=True, asset="room")) == ["open"]
        assert _ids(await store.episodes(correlation="c0")) == ["open", "e4", "e2", "e0"]
        assert _ids(await store.episodes(correlation="c0", open_only=True)) == ["open"]
        assert await store.episodes(device="node-9") == []
        between = await store.episodes(from_ms=MADE_MS + 2 * HOUR_MS, to_ms=MADE_MS + 3 * HOUR_MS)
        assert _ids(between) == ["e2", "e1"]
        assert _ids(await store.episodes(from_ms=late + HOUR_MS)) == ["quiet", "open"]
        assert await store.episodes(to_ms=MADE_MS) == []
        assert len(await store.episodes(from_ms=-(1 << 70), to_ms=1 << 70)) == 7


async def test_needs_are_folded_from_what_is_judged_open_or_young(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(
            store,
            kept(episode("young", at_ms=MADE_MS + 9, **_UNJUDGED)),
            kept(episode("old", at_ms=MADE_MS, **_UNJUDGED)),
            kept(episode("normal", at_ms=MADE_MS - 1, verdict=Verdict.NORMAL)),
            kept(plain_episode("open", at_ms=MADE_MS - 2)),
        )
        assert _ids(await store.judged(MADE_MS + 5)) == ["open", "normal", "young"]


async def test_of_too_many_episodes_the_oldest_that_are_over_and_not_judged_go_first(tmp_path: Path) -> None:
    async with running(tmp_path, StoreSettings(episode_rows=40)) as store:
        await commit(store, kept(plain_episode("open", at_ms=5)), kept(episode("judged", at_ms=6)))
        for n in range(300):
            await commit(store, kept(episode(f"e{n}", at_ms=MADE_MS + n, **_UNJUDGED)))
            if n % 7 == 0:
                await settle(store)
        found = _ids(await store.episodes(limit=1000))
        assert 38 <= len(found) <= 40
        assert found == [*(f"e{n}" for n in range(299, 301 - len(found), -1)), "judged", "open"]
        await commit(store, *(kept(plain_episode(f"o{n}", at_ms=MADE_MS * 2 + n)) for n in range(60)))
        found = _ids(await store.episodes(limit=1000))
        assert len(found) <= 40
        assert set(found) <= {f"o{n}" for n in range(60)}


async def test_a_commissioning_goes_its_way_and_what_is_frozen_stays_as_it_was(tmp_path: Path) -> None:
    other = b"another machine"
    words = {"from_ms": 1, "to_ms": 2, "rows": 3, "channels": ("x/y",), "frozen_ms": 4}
    forged = baseline(
        frozen=other, digest=sha256(other).hexdigest(), state=BaselineState.REPLACED, detail="by b2", lost=("x/y",)
    )
    async with running(tmp_path) as store:
        await commit(store, asked(collecting()))
        assert await store.baselines("circulation-pump") == [collecting()]
        await commit(store, asked(baseline(who="eve", asked_ms=3, asset="fan")))
        assert await store.baselines() == [baseline()]
        await commit(store, asked(replace(forged, **words)))
        await settle(store)
        await commit(
            store, asked(replace(collecting(), state=BaselineState.CANCELLED)), asked(replace(forged, **words))
        )
    async with running(tmp_path) as store:
        (found,) = await store.baselines("circulation-pump")
        assert found == baseline(state=BaselineState.REPLACED, detail="by b2", lost=("x/y",))
        assert found.frozen == FROZEN
        assert await store.baselines("fan") == []


async def test_of_each_machine_five_baselines_are_kept_and_those_that_count_first_of_all(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, asked(baseline("first", at_ms=MADE_MS - 5)))
        for n in range(20):
            await commit(store, asked(baseline(f"b{n}", at_ms=MADE_MS + n, state=BaselineState.CANCELLED)))
            await commit(store, asked(baseline(f"f{n}", "fan", MADE_MS + n)))
        found = [one.id for one in await store.baselines("circulation-pump")]
        assert found == ["b19", "b18", "b17", "b16", "first"]
        assert [one.id for one in await store.baselines("fan")] == ["f19", "f18", "f17", "f16", "f15"]
        assert len(await store.baselines()) == 10


async def test_the_baselines_of_all_machines_together_are_bounded_too(tmp_path: Path) -> None:
    async with running(tmp_path, StoreSettings(baseline_rows=7)) as store:
        await commit(store, asked(baseline("kept", "boiler", at_ms=1)))
        for n in range(30):
            gone = baseline(f"b{n}", f"pump-{n}", MADE_MS + n, state=BaselineState.REPLACED)
            await commit(store, asked(gone))
        assert [one.id for one in await store.baselines()] == [*(f"b{n}" for n in range(29, 23, -1)), "kept"]


async def test_a_day_of_health_that_is_said_again_is_another_value(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, HealthKept("pump", "bearing", 20_000, 1.5), HealthKept("fan", "bearing", 20_000, 5e-324))
        await settle(store)
        await commit(store, HealthKept("pump", "bearing", 20_000, 1 / 3), HealthKept("pump", "bearing", 19_999, 9.0))
    async with running(tmp_path) as store:
        wanted = [HealthKept("pump", "bearing", 19_999, 9.0), HealthKept("pump", "bearing", 20_000, 1 / 3)]
        assert await store.health("pump") == wanted
        assert [one.value for one in await store.health("fan")] == [5e-324]
        assert len(await store.health()) == 3


async def test_days_of_health_never_take_more_rows_than_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = insight._OLD_DAYS.replace(str(insight.HEALTH_DAYS), "10")
    monkeypatch.setattr(insight, "_OLD_DAYS", few)
    async with running(tmp_path, StoreSettings(health_rows=40)) as store:
        for day in range(30):
            await commit(store, *(HealthKept("pump", recipe, day, 1.0) for recipe in ("bearing", "strainer")))
        assert [one.day for one in await store.health("pump")] == [day for day in range(20, 30) for _ in "ab"]
        for n in range(30):
            await commit(store, HealthKept(f"fan-{n}", "bearing", 100, 1.0))
        found = await store.health()
        assert 38 <= len(found) <= 40
        assert sum(one.day == 100 for one in found) == 30


async def test_erasing_a_device_takes_its_episodes_and_nothing_else(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, *(kept(episode(f"{device}-1", device)) for device in ("gone", "stays")))
        await commit(store, asked(baseline(channels=("gone/vibration",))), HealthKept("pump", "bearing", 1, 1.0))
        await commit(store, kept(episode("moved", "gone")), kept(episode("moved", "stays")), DeviceErased("gone"))
        assert sorted(_ids(await store.episodes())) == ["moved", "stays-1"]
        assert (len(await store.baselines()), len(await store.health())) == (1, 1)
        await commit(store, kept(episode("gone-1", "gone")))
        assert _ids(await store.episodes(device="gone")) == ["gone-1"]


async def test_episodes_and_baselines_move_with_the_clock_that_was_wrong(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        times: dict[str, Any] = {"seen_ms": 12, "closed_ms": 21, "judged_ms": 20}
        await commit(store, kept(episode("in", at_ms=10, **times)), kept(plain_episode("before", at_ms=9)))
        await commit(store, asked(collecting("b", at_ms=15)), asked(baseline("f", "fan", 5, frozen_ms=11)))
        await commit(store, HealthKept("pump", "bearing", 15, 1.0), NotesDated(10, 20, 1000))
        found = await store.episode("in")
        assert found is not None
        assert (found.opened_ms, found.seen_ms, found.closed_ms, found.judged_ms) == (1010, 1012, 21, 1020)
        assert [(one.opened_ms, one.closed_ms) for one in await store.episodes(open_only=True)] == [(9, None)]
        new, old = await store.baselines()
        assert (new.asked_ms, new.from_ms, new.to_ms - 24 * HOUR_MS, new.frozen_ms) == (1015, 1015, 1015, None)
        assert (old.asked_ms, old.from_ms, old.to_ms - 24 * HOUR_MS, old.frozen_ms) == (5, 5, 5, 1011)
        assert [one.day for one in await store.health()] == [15]


async def test_what_is_none_is_left_out_loudly(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with running(tmp_path) as store:
        await commit(store, *(kept(episode(f"e{n}")) for n in range(4)), *(asked(baseline(f"b{n}")) for n in range(3)))
    with closing(sqlite3.connect(tmp_path / "gateway.db")) as vandal:
        vandal.execute("UPDATE episodes SET nature = 9 WHERE id = 'e0'")
        vandal.execute("UPDATE episodes SET signals = x'ff' WHERE id = 'e1'")
        vandal.execute("UPDATE episodes SET verdict = 'perhaps' WHERE id = 'e2'")
        vandal.execute("UPDATE baselines SET frozen = x'00' WHERE id = 'b0'")
        vandal.execute("UPDATE baselines SET state = 9 WHERE id = 'b2'")
        vandal.commit()
    async with running(tmp_path) as store:
        assert _ids(await store.episodes()) == ["e3"]
        assert await store.episode("e1") is None
        assert [one.id for one in await store.baselines()] == ["b1"]
    assert (
        "what is stored of ('b0', 'circulation-pump') cannot be read: what was frozen is not what it was" in caplog.text
    )
    assert "what is stored of ('e2', 'circulation-pump') cannot be read" in caplog.text


async def test_a_salvaged_database_has_no_baseline_but_as_it_was_frozen(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, *(asked(baseline(f"b{n}")) for n in range(3)), kept(episode()))
    for name in ("gateway.journal-0", "gateway.journal-1"):
        (tmp_path / name).unlink()
    with closing(sqlite3.connect(tmp_path / "gateway.db")) as vandal:
        vandal.execute("UPDATE baselines SET frozen = x'00' WHERE id = 'b0'")
        vandal.execute("UPDATE episodes SET nature = 77")
        vandal.commit()
        vandal.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with (tmp_path / "gateway.db").open("r+b") as file:
        file.write(b"\xff" * 64)
    async with running(tmp_path) as store:
        assert store.recovered is not None
        assert await _rows(store, tmp_path) == (["b1", "b2"], 0)


async def _rows(store: Store, folder: Path) -> tuple[list[str], int]:
    await settle(store)
    with closing(sqlite3.connect(folder / "gateway.db")) as connection:
        ids = [one for (one,) in connection.execute("SELECT id FROM baselines ORDER BY id")]
        count: int = connection.execute("SELECT count(*) FROM episodes").fetchone()[0]
        return ids, count


async def test_the_indexes_are_used(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        await commit(store, *(kept(episode(f"e{n}")) for n in range(50)))
        await settle(store)
    names = ("asset", "device", "from_ms", "to_ms", "limit", "before", "correlation", "open")
    said = dict.fromkeys(names, "a")
    with closing(sqlite3.connect(tmp_path / "gateway.db")) as connection:
        for sql, index in (
            (insight_history._LISTED["device"], "episodes_of_device"),
            (insight_history._LISTED["asset"], "episodes_of_asset"),
            (insight_history._LISTED[""], "episodes_by_time"),
            (insight_history._OPEN, "episodes_open"),
            (insight_history._CAUSED, "episodes_caused"),
        ):
            plan = " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", said))
            assert index in plan, plan
            assert "SCAN episodes USING INDEX episodes_by_time" in plan or "SCAN episodes" not in plan, plan
            assert "TEMP B-TREE" not in plan or index == "episodes_caused", plan


def test_how_many_episodes_are_kept_is_what_the_configuration_says() -> None:
    assert portions.for_store(Settings(anomaly=Anomaly(episodes_kept=1234))).episode_rows == 1234
