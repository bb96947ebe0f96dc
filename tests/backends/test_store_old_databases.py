"""Databases written by earlier versions are opened with everything that was in them.

`databases/v<n>.sql` is what a gateway of schema n wrote, as text (`sqlite3.Connection.iterdump`). Add one with every
migration, made by the code before it.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway.backends.store.migrations import known
from gateway.backends.store.store import Store
from gateway.core.commands import CommandStatus
from gateway.core.decisions import Outcome
from gateway.core.messages import Audited, Happened, Reading
from gateway.core.ports.alerts import alert_kept, delivery_kept
from gateway.core.ports.decisions import override_kept
from gateway.core.ports.insight import HealthKept
from gateway.core.ports.orders import CommandKept, DesiredKept
from gateway.core.ports.rules import firing_kept, timer_kept
from gateway.core.ports.store import Anchor, BootAnchored, Quarantined, QuarantineEntry, Retained, StoredMessage
from gateway.core.shadow import Shadow
from tests.backends.alert_kit import alert, delivered, mark, said
from tests.backends.decision_kit import MADE_MS, decision, made, moved, override
from tests.backends.insight_kit import asked, baseline, episode, kept
from tests.backends.rule_kit import firing, pending, remembered, taped, timer
from tests.backends.store_kit import commit, everything, pairs, reading, running

_FOLDER = Path(__file__).parent / "databases"
_START_MS = 1_780_000_000_000
_EVER = (-(1 << 60), 1 << 60)


def _restore(version: int, folder: Path) -> None:
    with closing(sqlite3.connect(folder / "gateway.db")) as connection:
        connection.execute("PRAGMA page_size = 1024")
        connection.executescript((_FOLDER / f"v{version}.sql").read_text("utf-8"))


def _version(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "gateway.db")) as connection:
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        return version


_VERSIONS = sorted(int(path.stem[1:]) for path in _FOLDER.glob("v*.sql"))


def test_there_is_a_database_of_the_first_version_and_of_the_one_before_this() -> None:
    assert {1, known()[-1].version - 1} <= set(_VERSIONS)


@pytest.mark.parametrize("version", _VERSIONS)
async def test_every_reading_of_an_old_database_is_found(version: int, tmp_path: Path) -> None:
    _restore(version, tmp_path)
    for _ in range(2):
        async with running(tmp_path) as store:
            assert store.recovered is None
            await _has_all_readings(store)
            assert await store.check() == []
        assert _version(tmp_path) == known()[-1].version


async def _has_all_readings(store: Store) -> None:
    def ours(found: list[tuple[int, float]]) -> list[tuple[int, float]]:
        return [(time_ms - _START_MS, value) for time_ms, value in found]

    first = [(n * 10_000, 20 + n / 100) for n in range(8)]
    zeros = [(seq * 10_000, -0.0) for seq in (1023, 1024, 2050)]
    second = [(30_000_000 + n * 10_000, 21 + n / 3) for n in range(5)]
    found = ours(await everything(store, device="greenhouse"))
    assert found == [*first, (7_000_000, 5e-324), *zeros, *second]
    assert [str(value) for _, value in found[9:12]] == ["-0.0"] * 3
    humidity = ours(await everything(store, "humidity", "greenhouse"))
    assert humidity == [
        *((n * 10_000, 50.5 - n / 10) for n in range(8)),
        (7_000_000, 0.1),
        *((seq * 10_000, 1e300) for seq in (1023, 1024, 2050)),
    ]
    assert ours(await everything(store, "flow", "cellar")) == [(5_000 + n * 60_000, 0.25 * n) for n in range(6)]
    assert ours(await everything(store, "position", "door")) == [(n, float(n % 2)) for n in range(4)]
    assert await store.raw("deleted", "temperature", *_EVER) == []
    latest = await store.latest()
    assert {"cellar", "door", "greenhouse"} <= set(latest)
    assert latest["cellar"] == Reading("cellar", _START_MS + 305_000, {"flow": 1.25}, boot="x", seq=5)
    buckets = await store.buckets("greenhouse", "temperature", *_EVER, 86_400_000)
    assert sum(bucket.count for bucket in buckets) == len(found)


@pytest.mark.parametrize("version", _VERSIONS)
async def test_everything_else_of_an_old_database_is_found(version: int, tmp_path: Path) -> None:
    _restore(version, tmp_path)
    async with running(tmp_path) as store:
        (session,) = store.sessions()
        assert (session.client, session.user, session.received) == ("panel", "anna", {9})
        assert session.subscriptions == {"devices/#": 1, "window/+/control": 2}
        assert session.queue == [
            StoredMessage(2, "devices/a/2", b"\x00payload 2", 1, True, False),
            StoredMessage(3, "devices/a/3", b"", 2, False, True),
            StoredMessage(4, "devices/a/4", b"\x00payload 4", 1, False, False),
            StoredMessage(5, "devices/a/5", b"\x00payload 5", 2, False, False),
        ]
        assert session.next_serial > 5
        assert store.retained() == [
            Retained("binary", bytes(range(8)), 2),
            Retained("devices/greenhouse/status", b"online", 1),
        ]
        assert await store.quarantine() == [
            QuarantineEntry(
                n + 1, Quarantined("cellar", "devices/cellar/telemetry", b"\xff{", f"not JSON {n}", _START_MS + n)
            )
            for n in (2, 0)
        ]
        assert await store.audit() == [
            Audited(_START_MS + 1, "mqtt.denied.publish", "cellar"),
            Audited(_START_MS, "device.approved", "anna", "greenhouse", "c1"),
        ]
        anchors = {(anchor.device, anchor.boot): anchor for anchor in await store.anchors()}
        assert anchors["greenhouse", "b1"] == Anchor("greenhouse", "b1", None, 2050)
        assert anchors["cellar", "x"] == Anchor("cellar", "x", _START_MS + 5_000, 5)
        assert anchors["cellar", "y"] == Anchor("cellar", "y", None, 2)
        assert anchors["attic", "only-anchored"] == Anchor("attic", "only-anchored", _START_MS, -1)


@pytest.mark.parametrize("version", _VERSIONS)
async def test_an_old_database_goes_on_where_it_stopped(version: int, tmp_path: Path) -> None:
    _restore(version, tmp_path)
    async with running(tmp_path) as store:
        again = reading(1023, 5, "greenhouse", temperature=99.0)
        await commit(store, again, reading(9, _START_MS + 90_000, "greenhouse", temperature=20.09))
        assert len(await everything(store, device="greenhouse")) == 18
        await commit(store, BootAnchored("cellar", "y", _START_MS + 10_000_000))
        assert len(await everything(store, "flow", "cellar")) == 9
        await commit(store, reading(None, _START_MS + 9, "door", "", position=7.0))
        assert (await store.latest())["door"] == Reading("door", _START_MS + 9, {"position": 7.0}, boot="", seq=4)


@pytest.mark.parametrize("version", [version for version in _VERSIONS if version >= 2])
async def test_events_and_provisional_boots_of_an_old_database_are_found(version: int, tmp_path: Path) -> None:
    _restore(version, tmp_path)
    async with running(tmp_path) as store:
        assert await store.happened() == [
            Happened(_START_MS + 3, "clock.set", "NTP"),
            Happened(
                _START_MS + 2, "device.online", "it said so", "greenhouse", "temperature", "greenhouse/b1/3", True
            ),
        ]
        anchors = {anchor.device: anchor for anchor in await store.anchors()}
        assert anchors["shed"] == Anchor("shed", "p", _START_MS - 100_000, 3, "frame-1", 25.0)
        found = pairs(await store.raw("shed", "temperature", *_EVER))
        assert [value for _, value in found] == [3.25, 4.25, 5.25, 6.25]
        assert [time_ms - _START_MS + 100_000 for time_ms, _ in found] == [0, 60_002, 120_003, 180_004]


@pytest.mark.parametrize("version", [version for version in _VERSIONS if version >= 4])
async def test_chunks_rollups_and_stale_days_of_an_old_database_are_found(version: int, tmp_path: Path) -> None:
    _restore(version, tmp_path)
    start_ms = _START_MS - 3 * 86_400_000
    async with running(tmp_path) as store:
        found = pairs(await store.raw("barn", "temperature", *_EVER))
        assert (_START_MS - 86_400_000 - 30_000, 99.5) in found  # late, for a day that was rolled up
        of_first_boot = [(time_ms, value) for time_ms, value in found if value != 99.5]
        assert of_first_boot == [(start_ms + n * 60_000, 15 + n % 100 / 10) for n in range(1100)]
        marked = [time_ms for time_ms, _, bits in await store.raw("barn", "temperature", *_EVER) if bits]
        assert marked == [start_ms + n * 60_000 for n in (7, 507, 1007)]
        # Impossible values count where there is nothing else: in minutes of their own.
        for step_ms, count in ((60_000, 1101), (3_600_000, 1098), (86_400_000, 1098)):
            buckets = await store.buckets("barn", "temperature", *_EVER, step_ms)
            assert sum(bucket.count for bucket in buckets) == count
            assert max(bucket.maximum for bucket in buckets) == 99.5


@pytest.mark.parametrize("version", [version for version in _VERSIONS if version < 5])
async def test_an_old_database_takes_commands_and_shadows(version: int, tmp_path: Path) -> None:
    _restore(version, tmp_path)
    asked = CommandKept("c1", "door", "turn_on", b"{}", _START_MS, _START_MS + 1, "anna")
    async with running(tmp_path) as store:
        assert (await store.open_commands(), await store.shadows()) == ([], [])
        await commit(store, asked, DesiredKept("door", 1, b"{}", 1), Happened(1, "k", "r", asset="hall"))
    async with running(tmp_path) as store:
        assert [one.id for one in await store.open_commands()] == ["c1"]
        assert [one.device for one in await store.shadows()] == ["door"]
        assert (await store.happened(limit=1))[0].asset == "hall"
        assert await store.check() == []


@pytest.mark.parametrize("version", [version for version in _VERSIONS if version >= 5])
async def test_commands_and_shadows_of_an_old_database_are_found(version: int, tmp_path: Path) -> None:
    _restore(version, tmp_path)
    async with running(tmp_path) as store:
        sent, done = await store.commands()
        assert [(step.status, step.time_ms - _START_MS, step.detail) for step in done.steps] == [
            (CommandStatus.QUEUED, 0, ""),
            (CommandStatus.SENT, 1, ""),
            (CommandStatus.ACCEPTED, 2, ""),
            (CommandStatus.DONE, 3, "moved"),
        ]
        assert (done.id, done.args, done.boot, done.hardware) == ("cmd-1", {"position": 40}, "b1", "02:aa")
        assert [one.id for one in await store.open_commands()] == [sent.id] == ["cmd-2"]
        assert await store.shadows() == [
            Shadow("door", 3, {"interval_s": 10}, _START_MS + 5, "anna", 2, {"interval_s": 60}, _START_MS + 6, "02:aa")
        ]


@pytest.mark.parametrize("version", [version for version in _VERSIONS if version < 6])
async def test_an_old_database_takes_decisions_and_overrides(version: int, tmp_path: Path) -> None:
    _restore(version, tmp_path)
    async with running(tmp_path) as store:
        assert (await store.decisions(), await store.overrides()) == ([], [])
        await commit(store, made(device="door"), moved(), override_kept(override(device="door")))
    async with running(tmp_path) as store:
        assert await store.decisions("door") == [decision(device="door", outcome=Outcome.DONE)]
        assert await store.overrides("door") == [override(device="door")]
        assert await store.check() == []


@pytest.mark.parametrize("version", [version for version in _VERSIONS if version >= 6])
async def test_decisions_and_overrides_of_an_old_database_are_found(version: int, tmp_path: Path) -> None:
    _restore(version, tmp_path)
    async with running(tmp_path) as store:
        done = decision("d1", outcome=Outcome.DONE, detail="there")
        assert await store.decisions("window-1") == [decision("d2", at_ms=MADE_MS + 60_000), done]
        assert await store.overrides() == [override("o1")]


@pytest.mark.parametrize("version", [version for version in _VERSIONS if version < 7])
async def test_an_old_database_takes_episodes_baselines_and_health(version: int, tmp_path: Path) -> None:
    _restore(version, tmp_path)
    async with running(tmp_path) as store:
        assert (await store.episodes(), await store.baselines(), await store.health()) == ([], [], [])
        await commit(store, kept(episode(device="door")), asked(baseline()), HealthKept("pump", "bearing", 9, 0.5))
    async with running(tmp_path) as store:
        assert await store.episodes(device="door") == [episode(device="door")]
        assert await store.baselines() == [baseline()]
        assert await store.health("pump") == [HealthKept("pump", "bearing", 9, 0.5)]
        assert await store.check() == []


@pytest.mark.parametrize("version", [version for version in _VERSIONS if version >= 7])
async def test_episodes_baselines_and_health_of_an_old_database_are_found(version: int, tmp_path: Path) -> None:
    _restore(version, tmp_path)
    async with running(tmp_path) as store:
        (found,) = await store.episodes()
        assert found == episode("e1", reason=found.reason)
        assert await store.baselines() == [baseline()]
        assert await store.health() == [HealthKept("pump-1", "vibration", 20_000, 2.5)]


@pytest.mark.parametrize("version", [version for version in _VERSIONS if version < 8])
async def test_an_old_database_takes_what_rules_do(version: int, tmp_path: Path) -> None:
    _restore(version, tmp_path)
    async with running(tmp_path) as store:
        assert (await store.firings(), await store.timers(), await store.remembered()) == ([], [], [])
        await commit(store, firing_kept(firing()), timer_kept(timer()), remembered(), taped())
    async with running(tmp_path) as store:
        assert (await store.firings(), await store.timers()) == ([firing()], [timer()])
        assert (await store.remembered(), await store.tape(0, 1 << 60)) == ([remembered()], [taped()])
        assert await store.check() == []


@pytest.mark.parametrize("version", [version for version in _VERSIONS if version >= 8])
async def test_what_rules_did_in_an_old_database_is_found(version: int, tmp_path: Path) -> None:
    _restore(version, tmp_path)
    async with running(tmp_path) as store:
        found = {one.id: one for one in await store.firings()}
        assert found == {"f1": firing(why=found["f1"].why), "f2": pending("f2")}
        assert await store.timers() == [timer()]
        assert (await store.remembered(), await store.tape(0, 1 << 60)) == ([remembered()], [taped()])


@pytest.mark.parametrize("version", [version for version in _VERSIONS if version < 9])
async def test_an_old_database_takes_alerts_and_messages(version: int, tmp_path: Path) -> None:
    _restore(version, tmp_path)
    async with running(tmp_path) as store:
        assert (await store.alerts(), await store.deliveries()) == ([], [])
        assert (await store.marks(), await store.said()) == ({}, [])
        await commit(store, alert_kept(alert()), delivery_kept(delivered()), mark(), said())
    async with running(tmp_path) as store:
        assert (await store.alerts(), await store.deliveries()) == ([alert()], [delivered()])
        assert (await store.marks(), await store.said()) == ({mark().name: mark().value}, [said()])
        assert await store.check() == []
