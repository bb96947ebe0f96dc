"""Episodes, baselines and health end as said last, whatever is repeated, killed, settled again or damaged meanwhile."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as some

from gateway.backends.store import insight_history
from gateway.backends.store.store import Store
from gateway.core.insight import Baseline, BaselineState, Episode, Verdict
from gateway.core.ports.insight import HealthKept
from gateway.core.ports.store import Change, DeviceErased, Retained
from tests.backends.insight_kit import MADE_MS, Book, asked, baseline, collecting, episode, kept, plain_episode
from tests.backends.recall_kit import Runs, commit_and_recall, damage_all_over, damage_pages, live_and_die
from tests.backends.store_kit import commit, reading, settle

_IDS = ("1", "2", "3")
_DEVICES = ("a", "b")
_TIME = some.integers(1, 9)
_MAYBE = some.one_of(some.none(), _TIME)


def _told(identity: str, device: str, at: int, closed: int | None, verdict: Verdict) -> Episode:
    return plain_episode(identity, device, at, closed_ms=closed, verdict=verdict, seen_ms=at, score=1 / at)


def _commissioned(identity: str, state: BaselineState, content: bytes, at: int) -> Baseline:
    if state is BaselineState.COLLECTING:
        return collecting(identity, at_ms=at)
    digest = sha256(content).hexdigest() if content else ""
    return baseline(identity, at_ms=at, state=state, frozen=content, digest=digest, rows=at, detail=str(at))


_EPISODE = some.builds(
    lambda *said: kept(_told(*said)),
    some.sampled_from(_IDS),
    some.sampled_from(_DEVICES),
    _TIME,
    _MAYBE,
    some.sampled_from(Verdict),
)
_BASELINE = some.builds(
    lambda *said: asked(_commissioned(*said)),
    some.sampled_from(_IDS),
    some.sampled_from(BaselineState),
    some.sampled_from((b"", b"x", b"yy")),
    _TIME,
)
_HEALTH = some.builds(
    HealthKept, some.sampled_from(("pump", "fan")), some.sampled_from(("bearing", "strainer")), _TIME, some.floats(0, 1)
)
_CHANGE: some.SearchStrategy[Change] = some.one_of(
    _EPISODE, _EPISODE, _BASELINE, _BASELINE, _HEALTH, some.builds(DeviceErased, some.sampled_from(_DEVICES))
)
_CHANGES = some.lists(_CHANGE, max_size=24)


def _book(changes: Sequence[Change]) -> Book:
    book = Book()
    book.take(changes)
    return book


def _are_in(connection: sqlite3.Connection, changes: Sequence[Change]) -> None:
    expected = _book(changes)
    found = insight_history.episodes(connection, insight_history.Wanted(limit=1000))
    assert {one.id: one for one in found} == expected.episodes
    assert {one.id: one for one in insight_history.baselines(connection, "")} == expected.baselines
    assert _days(insight_history.health(connection, "")) == expected.health


def _days(found: Sequence[HealthKept]) -> dict[tuple[str, str, int], float]:
    return {(one.asset, one.recipe, one.day): one.value for one in found}


@settings(max_examples=300)
@given(_CHANGES, some.data())
def test_any_changes_in_any_batches_rolled_back_and_recalled_anywhere_end_as_said_last(
    changes: list[Change], data: some.DataObject
) -> None:
    commit_and_recall(changes, data, _are_in)


@settings(max_examples=25)
@given(some.lists(some.tuples(_CHANGES, some.booleans(), some.booleans()), max_size=5))
def test_any_changes_to_a_store_that_is_killed_and_started_again_end_as_said_last(
    runs: Runs,
) -> None:
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(live_and_die(Path(name), runs, _as_said))


async def _as_said(store: Store, taken: list[Change]) -> None:
    await _is_all_there(store, _book(taken))


_MANY = 200


async def _fill(store: Store) -> Book:
    """Episodes, baselines and days beside readings and retained messages; settled bit by bit."""
    book = Book()
    for n in range(_MANY):
        changes: list[Change] = [
            kept(episode(f"e{n}", f"node-{n % 20}", MADE_MS + n)),
            asked(baseline(f"b{n}", f"pump-{n % 50}", MADE_MS + n)),
            HealthKept(f"pump-{n % 50}", "bearing", n, n / 7),
        ]
        book.take(changes)
        await commit(store, *changes, reading(n, MADE_MS + n, temperature=float(n)), Retained(f"t/{n % 50}", b"x", 0))
        if n % 40 == 0:
            await settle(store)
    return book


async def _is_all_there(store: Store, book: Book) -> None:
    assert {one.id: one for one in await store.episodes(limit=10_000)} == book.episodes
    assert {one.id: one for one in await store.baselines()} == book.baselines
    assert _days(await store.health()) == book.health


async def test_a_database_damaged_all_over_gets_its_episodes_and_baselines_back_from_the_journal(
    tmp_path: Path,
) -> None:
    await damage_all_over(tmp_path, _fill, _is_all_there, _MANY)


async def test_an_overwritten_page_costs_few_episodes_and_baselines_and_changes_none(tmp_path: Path) -> None:
    lost, tables = _nothing_is_other_than_it_was, ("episodes", "baselines", "health")
    assert await damage_pages(tmp_path, _fill, lost, tables, count=12, seed=7) < 300


async def _nothing_is_other_than_it_was(store: Store, book: Book) -> int:
    """How many are lost; those that are left are what they were."""
    episodes = {one.id: one for one in await store.episodes(limit=10_000)}
    baselines = {one.id: one for one in await store.baselines()}
    days = _days(await store.health())
    assert all(one == book.episodes[key] for key, one in episodes.items())
    assert all(one == book.baselines[key] for key, one in baselines.items())
    assert all(value == book.health[key] for key, value in days.items())
    total = len(book.episodes) + len(book.baselines) + len(book.health)
    return total - len(episodes) - len(baselines) - len(days)
