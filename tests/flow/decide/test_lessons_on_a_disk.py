"""What owners teach, on a real disk: what one window was taught is never another one's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from gateway.backends.store.settings import StoreSettings
from gateway.backends.store.store import Store
from gateway.core.ports.decisions import OverrideKept
from gateway.core.ports.store import Change, Receipt
from tests.backends.store_kit import running

from .override_site import OverrideSite


def two_windows(store: Store) -> OverrideSite:
    site = OverrideSite(store)
    site.devices.add("w2", kind="window")
    return site


def ids(site: OverrideSite, device: str) -> list[str]:
    return [one.id for one in site.overrides.lessons(device)]


async def test_lessons_of_one_window_brought_in_at_another_are_both_windows_after_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as store:
        site = two_windows(store)
        for number in range(3):
            await site.teach(20.0 + number, 6.0 + number)
        first, *_ = site.overrides.lessons("w1")
        out = json.loads(json.dumps(site.overrides.exported("w1")))
        assert await site.overrides.brought_in("w2", out, "anna") == 3
        assert await site.overrides.brought_in("w2", out, "anna") == 0, "they are there already"
        await site.overrides.forget("w1", [first.id], "anna")
        known = ids(site, "w1"), ids(site, "w2")
        assert (len(known[0]), len(known[1])) == (2, 3)
        assert not set(known[0]) & set(known[1])
        await store.flush()
    async with running(tmp_path) as store:
        again = two_windows(store)
        again.clock = site.clock
        await again.restart()
        assert (ids(again, "w1"), ids(again, "w2")) == known
        assert first.id not in ids(again, "w1"), "it stays forgotten"
        assert again.thoughts("w2") == site.thoughts("w2") != again.thoughts("w1")
        back = again.overrides.exported("w2")
        assert await again.overrides.brought_in("w1", back, "ben") == 1, "what was forgotten, and nothing twice"


# Killed between a command and its override


class Losing(Store):
    """Of what is submitted, overrides never reach the disk."""

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        super().start(loop)
        submit = self.submit

        def losing(changes: Sequence[Change], receipt: Receipt | None = None) -> None:
            if not any(isinstance(change, OverrideKept) for change in changes):
                submit(changes, receipt)

        self.submit = losing  # type: ignore[method-assign]


async def killed_after(folder: Path, who: str, *, cancelled: bool = False) -> OverrideSite:
    """The site of the run in which somebody's command was the last that reached the disk."""
    store = Losing(folder / "gateway.db", StoreSettings())
    store.open()
    store.start(asyncio.get_running_loop())
    site = two_windows(store)
    command = await site.command(70, who)
    if cancelled:
        await site.cancel(command, who)
    assert await store.overrides() == []
    await store.close()
    return site


async def begun_again(store: Store, before: OverrideSite) -> OverrideSite:
    site = two_windows(store)
    site.clock = before.clock
    await site.restart()
    return site


@pytest.mark.parametrize(
    ("who", "said"),
    [("anna", "nothing is learnt from it, because the gateway was stopped just then"), ("rule:storm", "")],
)
async def test_what_was_commanded_just_before_a_kill_still_holds(tmp_path: Path, who: str, said: str) -> None:
    killed = await killed_after(tmp_path, who)
    killed.clock.advance(minutes=10)
    for _ in range(2):
        async with running(tmp_path) as store:
            site = await begun_again(store, killed)
            held = site.overrides.held("w1")
            assert held is not None
            assert (held.position, held.who, held.learnt, held.moment) == (70.0, who, said, None)
            assert held.until_ms - killed.clock() == 50 * 60_000
            assert site.overrides.lessons("w1") == []
            await store.flush()
            assert len(await store.overrides()) == 1


async def test_what_was_taken_back_before_a_kill_holds_nothing(tmp_path: Path) -> None:
    killed = await killed_after(tmp_path, "anna", cancelled=True)
    async with running(tmp_path) as store:
        assert (await begun_again(store, killed)).overrides.held("w1") is None


class LosingEnds(Store):
    """That an override is over or forgotten never reaches the disk."""

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        super().start(loop)
        submit = self.submit

        def losing(changes: Sequence[Change], receipt: Receipt | None = None) -> None:
            ends = [one for one in changes if isinstance(one, OverrideKept) and (one.revoked_ms or one.ended_ms)]
            if not ends:
                submit(changes, receipt)

        self.submit = losing  # type: ignore[method-assign]


@pytest.mark.parametrize("who", ["anna", "rule:storm"])
async def test_killed_after_an_order_was_taken_back_and_before_its_hold_was_nothing_holds(
    tmp_path: Path, who: str
) -> None:
    losing = LosingEnds(tmp_path / "gateway.db", StoreSettings())
    losing.open()
    losing.start(asyncio.get_running_loop())
    killed = two_windows(losing)
    await killed.cancel(await killed.command(70, who), who)
    assert [(one.revoked_ms, one.ended_ms) for one in await losing.overrides()] == [(None, None)]
    await losing.close()
    for _ in range(2):
        async with running(tmp_path) as store:
            site = await begun_again(store, killed)
            assert site.overrides.held("w1") is None
            assert site.overrides.lessons("w1") == []
            assert site.thoughts() == two_windows(store).thoughts()
            await store.flush()
            (stored,) = await store.overrides()
            assert stored.ended_ms is not None
            assert (stored.revoked_ms is not None) == (who == "anna")


async def test_a_hold_that_was_lost_and_is_over_is_not_begun(tmp_path: Path) -> None:
    killed = await killed_after(tmp_path, "anna")
    killed.clock.advance(minutes=60)
    async with running(tmp_path) as store:
        assert (await begun_again(store, killed)).overrides.held("w1") is None


async def test_a_later_will_that_was_ended_is_not_followed_by_an_earlier_one(tmp_path: Path) -> None:
    killed = await killed_after(tmp_path, "anna")
    async with running(tmp_path) as store:
        site = two_windows(store)
        site.clock = killed.clock
        site.clock.advance(minutes=1)
        await site.command(20, "ben")
        site.clock.advance(minutes=1)
        await site.overrides.resume("w1", "ben")
        await store.flush()
    async with running(tmp_path) as store:
        assert (await begun_again(store, killed)).overrides.held("w1") is None
