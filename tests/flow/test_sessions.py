"""The owner's sessions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flow.accounts_site import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


async def test_a_session_lasts_thirty_days_through_restarts_or_until_signed_out(site: Site) -> None:
    one = await site.accounts.owner.sign_in_with_code(site.accounts.owner.one_time_code())
    two = await site.accounts.owner.sign_in_with_code(site.accounts.owner.one_time_code())
    site.restart()
    assert site.accounts.owner.session(one)
    await site.accounts.owner.sign_out(one)
    await site.accounts.owner.sign_out(one)
    site.clock.advance(days=29.9)
    site.restart()
    assert not site.accounts.owner.session(one)
    assert site.accounts.owner.session(two)
    site.clock.advance(days=0.2)
    assert not site.accounts.owner.session(two)
    assert not site.accounts.owner.session("")


async def test_sessions_are_bounded_and_expired_ones_go(site: Site) -> None:
    sessions = []
    for _ in range(33):
        site.clock.advance(s=1)
        sessions.append(await site.accounts.owner.sign_in_with_code(site.accounts.owner.one_time_code()))
    assert [site.accounts.owner.session(secret) for secret in sessions] == [False] + [True] * 32
    site.clock.advance(days=31)
    await site.accounts.owner.sign_in_with_code(site.accounts.owner.one_time_code())
    assert len(site.documents.collections["sessions"]) == 1


async def test_who_signs_in_while_the_disk_is_full_is_let_in_until_the_gateway_stops(site: Site) -> None:
    site.documents.fail_after = 0
    secret = await site.accounts.owner.sign_in_with_code(site.accounts.owner.one_time_code())
    assert site.accounts.owner.session(secret)
    site.documents.fail_after = None
    site.restart()
    assert not site.accounts.owner.session(secret)
