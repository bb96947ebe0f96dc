"""What owners teach, on a real disk: what one window was taught is never another one's."""

from __future__ import annotations

import json
from pathlib import Path

from gateway.backends.store.store import Store
from tests.backends.store_kit import running, settle

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
        await settle(store)
    async with running(tmp_path) as store:
        again = two_windows(store)
        again.clock = site.clock
        await again.restart()
        assert (ids(again, "w1"), ids(again, "w2")) == known
        assert first.id not in ids(again, "w1"), "it stays forgotten"
        assert again.thoughts("w2") == site.thoughts("w2") != again.thoughts("w1")
        back = again.overrides.exported("w2")
        assert await again.overrides.brought_in("w1", back, "ben") == 1, "what was forgotten, and nothing twice"
