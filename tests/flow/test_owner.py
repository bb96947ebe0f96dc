"""The owner's password and codes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.core.errors import NotAllowed, Refused, StoreError
from tests.flow.accounts_site import PASSWORD, Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


async def test_the_first_run_code_sets_the_first_password_and_only_that(site: Site) -> None:
    code = site.accounts.owner.first_run_code()
    assert site.accounts.owner.first_run
    assert code == site.accounts.owner.first_run_code()
    for wrong in ("", "-", code[:-1], PASSWORD):
        with pytest.raises(NotAllowed):
            await site.accounts.owner.set_password(wrong, PASSWORD)
    await site.accounts.owner.set_password(f" {code.lower().replace('-', ' ')} ", PASSWORD)
    assert not site.accounts.owner.first_run
    with pytest.raises(NotAllowed):
        await site.accounts.owner.set_password(code, "another password")
    with pytest.raises(NotAllowed):
        site.accounts.owner.first_run_code()
    site.restart()
    assert not site.accounts.owner.first_run
    assert site.accounts.owner.session(await site.accounts.owner.sign_in(PASSWORD))


async def test_an_empty_code_is_wrong_also_when_none_was_ever_shown(site: Site) -> None:
    with pytest.raises(NotAllowed):
        await site.accounts.owner.set_password("", PASSWORD)


async def test_each_start_has_another_first_run_code(site: Site) -> None:
    code = site.accounts.owner.first_run_code()
    site.restart()
    assert site.accounts.owner.first_run_code() != code


async def test_two_people_with_the_code_make_one_password(site: Site) -> None:
    code = site.accounts.owner.first_run_code()
    outcomes = await asyncio.gather(
        site.accounts.owner.set_password(code, "first password"),
        site.accounts.owner.set_password(code, "second password"),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [type(None), NotAllowed]
    await site.accounts.owner.sign_in("first password")


@pytest.mark.parametrize("poor", ["", "seven77", "x" * 513])
async def test_a_poor_password_is_refused_and_the_code_stays_good(site: Site, poor: str) -> None:
    code = site.accounts.owner.first_run_code()
    with pytest.raises(Refused):
        await site.accounts.owner.set_password(code, poor)
    await site.accounts.owner.set_password(code, PASSWORD)


async def test_a_password_that_did_not_reach_the_disk_is_not_set(site: Site) -> None:
    code = site.accounts.owner.first_run_code()
    site.documents.fail_after = 0
    with pytest.raises(StoreError):
        await site.accounts.owner.set_password(code, PASSWORD)
    site.documents.fail_after = None
    assert site.accounts.owner.first_run
    await site.accounts.owner.set_password(code, PASSWORD)


async def test_a_wrong_password_does_not_sign_in(site: Site) -> None:
    with pytest.raises(NotAllowed):
        await site.accounts.owner.sign_in("")
    await site.accounts.owner.set_password(site.accounts.owner.first_run_code(), PASSWORD)
    for wrong in ("", PASSWORD + " ", PASSWORD.upper(), "x" * 100_000):
        with pytest.raises(NotAllowed):
            await site.accounts.owner.sign_in(wrong)
    assert site.kinds().count("session.refused") == 1  # repeats are folded


async def test_a_storm_of_sign_ins_is_refused_instead_of_eating_the_memory(site: Site) -> None:
    await site.accounts.owner.set_password(site.accounts.owner.first_run_code(), PASSWORD)
    outcomes = await asyncio.gather(*(site.accounts.owner.sign_in("wrong") for _ in range(30)), return_exceptions=True)
    assert sum(type(outcome) is Refused for outcome in outcomes) == 22
    assert sum(type(outcome) is NotAllowed for outcome in outcomes) == 8
    await site.accounts.owner.sign_in(PASSWORD)


async def test_a_one_time_code_signs_in_once(site: Site) -> None:
    code = site.accounts.owner.one_time_code()
    outcomes = await asyncio.gather(
        *(site.accounts.owner.sign_in_with_code(code) for _ in range(3)), return_exceptions=True
    )
    assert sum(isinstance(outcome, str) for outcome in outcomes) == 1


async def test_a_one_time_code_expires_and_does_not_survive_a_restart(site: Site) -> None:
    code = site.accounts.owner.one_time_code(minutes=10)
    site.clock.advance(minutes=10)
    with pytest.raises(NotAllowed):
        await site.accounts.owner.sign_in_with_code(code)
    code = site.accounts.owner.one_time_code()
    site.restart()
    with pytest.raises(NotAllowed):
        await site.accounts.owner.sign_in_with_code(code)


async def test_one_time_codes_are_bounded(site: Site) -> None:
    codes = [site.accounts.owner.one_time_code() for _ in range(17)]
    with pytest.raises(NotAllowed):
        await site.accounts.owner.sign_in_with_code(codes[0])
    await site.accounts.owner.sign_in_with_code(codes[1])
