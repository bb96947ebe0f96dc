"""The pairing window."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.core.errors import NotAllowed, Refused
from gateway.flow.registration import Registration
from tests.flow.registry_site import MAC, Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


async def test_pairing_closes_by_itself_by_hand_and_at_a_restart(site: Site) -> None:
    for close in (lambda: site.clock.advance(minutes=5), site.registry.pairing.close, site.restart):
        until = site.registry.pairing.open(5)
        assert until == site.registry.pairing.until_ms == site.clock.now_ms + 300_000
        close()
        with pytest.raises(NotAllowed):
            await site.registry.register(Registration(MAC, "1.0.0"))


@pytest.mark.parametrize("minutes", [0, -1, 1e9, float("nan")])
def test_nonsense_minutes_open_nothing(site: Site, minutes: float) -> None:
    with pytest.raises(Refused):
        site.registry.pairing.open(minutes)
    assert site.registry.pairing.until_ms == 0
