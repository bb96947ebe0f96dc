"""What people and devices were given outlives the setting of the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from gateway.backends.keys import ServerKey
from gateway.core.messages import ClockSet
from gateway.flow.accounts import Accounts
from gateway.flow.bus import Bus
from gateway.flow.registration import Credentials, Pending, Registration
from gateway.flow.registry import Registry
from gateway.flow.trail import Trail
from tests.fakes import FixedClock, MemoryDocuments, MemoryWriter

YEARS_MS = 50 * 365 * 86_400_000
MINUTE_MS = 60_000
MAC = "aa:bb:cc:dd:ee:01"


class House:
    """Accounts and a registry on a clock that can be set; `restart` reads the documents again."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.since_ms = self.clock()
        self.documents = MemoryDocuments()
        self.restart()

    def restart(self) -> None:
        self.bus = Bus()
        secrets, trail = ServerKey(b"k" * 32), Trail(MemoryWriter(), self.bus, self.clock)
        self.accounts = Accounts(self.documents, secrets, self.bus, trail, self.clock)
        self.registry = Registry(self.documents, secrets, self.bus, trail, self.clock)
        self.accounts.load()
        self.registry.load()
        self.since_ms = self.clock()

    async def set(self, shift_ms: int) -> None:
        before_ms = self.clock()
        after_ms = self.clock.advance(ms=shift_ms)
        self.bus.publish(ClockSet(before_ms, after_ms, self.since_ms, True, True, "a test"))
        self.since_ms += shift_ms
        for _ in range(20):
            await asyncio.sleep(0)


@pytest.fixture
def house() -> House:
    return House()


SHIFTS = pytest.mark.parametrize("shift_ms", [YEARS_MS, 90_000, -YEARS_MS, -90_000])


@SHIFTS
async def test_nobody_is_signed_out_and_nobody_stays_longer(house: House, shift_ms: int) -> None:
    session = await house.accounts.owner.sign_in_with_code(house.accounts.owner.one_time_code())
    house.clock.advance(days=1)
    await house.set(shift_ms)
    for restart in (False, True):
        if restart:
            house.restart()
        assert house.accounts.owner.session(session)
    house.clock.advance(days=28.9)
    assert house.accounts.owner.session(session)
    house.clock.advance(days=0.2)
    assert not house.accounts.owner.session(session)


async def test_a_session_of_an_earlier_run_survives_a_clock_that_was_behind(house: House) -> None:
    session = await house.accounts.owner.sign_in_with_code(house.accounts.owner.one_time_code())
    house.clock.advance(days=1)
    house.restart()
    await house.set(YEARS_MS)
    assert house.accounts.owner.session(session)


async def test_a_session_of_an_earlier_run_keeps_its_time_when_this_runs_clock_was_ahead(house: House) -> None:
    session = await house.accounts.owner.sign_in_with_code(house.accounts.owner.one_time_code())
    house.clock.advance(days=20)
    house.restart()
    await house.set(-19 * 86_400_000)
    assert house.accounts.owner.session(session)
    house.clock.advance(days=28.9)
    assert house.accounts.owner.session(session)


async def test_what_had_ended_stays_ended(house: House) -> None:
    session = await house.accounts.owner.sign_in_with_code(house.accounts.owner.one_time_code())
    house.clock.advance(days=31)
    await house.set(YEARS_MS)
    assert not house.accounts.owner.session(session)


@SHIFTS
async def test_a_sign_in_link_keeps_its_minutes(house: House, shift_ms: int) -> None:
    code = house.accounts.owner.one_time_code(minutes=10)
    late = house.accounts.owner.one_time_code(minutes=10)
    await house.set(shift_ms)
    house.clock.advance(minutes=9)
    assert await house.accounts.owner.sign_in_with_code(code)
    house.clock.advance(minutes=2)
    with pytest.raises(Exception, match="too old"):
        await house.accounts.owner.sign_in_with_code(late)


@SHIFTS
async def test_an_enrolment_token_keeps_its_minutes(house: House, shift_ms: int) -> None:
    token = await house.registry.enrolment.create(uses=3, minutes=10)
    await house.set(shift_ms)
    house.restart()
    house.clock.advance(minutes=9)
    assert await house.registry.enrolment.spend(token, MAC)
    house.clock.advance(minutes=2)
    assert not await house.registry.enrolment.spend(token, MAC)


async def test_an_enrolment_token_of_an_earlier_run_is_as_old_as_it_is(house: House) -> None:
    token = await house.registry.enrolment.create(minutes=10)
    house.clock.advance(minutes=1)
    house.restart()
    await house.set(YEARS_MS)
    assert not await house.registry.enrolment.spend(token, MAC)


@SHIFTS
async def test_an_open_pairing_window_and_its_claims_keep_their_time(house: House, shift_ms: int) -> None:
    house.registry.pairing.open(10)
    asked = await house.registry.register(Registration(MAC, "1.0"))
    assert isinstance(asked, Pending)
    await house.set(shift_ms)
    left_ms: Callable[[], int] = lambda: house.registry.pairing.until_ms - house.clock()  # noqa: E731
    assert left_ms() == 10 * MINUTE_MS
    house.restart()
    house.clock.advance(minutes=50)
    (waiting,) = house.registry.pending()
    await house.registry.approve(waiting)
    assert isinstance(await house.registry.collect(asked.claim), Credentials)
