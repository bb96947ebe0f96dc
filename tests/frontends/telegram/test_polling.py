"""Asking for updates through everything that may be answered, in a loop whose time costs nothing."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Callable

import pytest

from gateway.core.ports.channel import DeliveryFailed, NotSent, Perhaps, Rejected, Shut, Slower
from gateway.frontends.telegram.heard import Elsewhere, Heard
from gateway.frontends.telegram.polling import Polling
from tests.virtual_time import VirtualLoop, virtual

Said = DeliveryFailed | Elsewhere | list[int]


class Api:
    """Says what it was told to, then waits as long as it is asked to and says nothing new."""

    def __init__(self, *script: Said, takes_s: float = 0.0) -> None:
        self.script = deque(script)
        self.takes_s = takes_s
        self.asked: list[tuple[float, int | None, int]] = []
        """(when, offset, how long to wait)."""

    async def updates(self, offset: int | None, timeout_s: int, limit: int = 50) -> list[Heard]:
        self.asked.append((asyncio.get_running_loop().time(), offset, timeout_s))
        await asyncio.sleep(self.takes_s)
        if not self.script:
            await asyncio.sleep(max(timeout_s, 0.01))
            return []
        said = self.script.popleft()
        if isinstance(said, list):
            return [Heard(update=number) for number in said]
        raise said


class Ears:
    def __init__(self, loop: VirtualLoop) -> None:
        self.loop = loop
        self.taken: list[tuple[int, bool]] = []
        self.states: list[str] = []
        self.conflicts: list[str] = []
        self.before: Callable[[], float] = lambda: 0.0

    async def take(self, heard: Heard, late: bool) -> None:
        await asyncio.sleep(self.before())
        self.taken.append((heard.update, late))

    def polling(self, api: Api) -> Polling:
        return Polling(api, self.take, self.states.append, self.conflicts.append, dice=lambda: 0.5)


def run(api: Api, seconds: float = 1000.0) -> Ears:
    async def work(loop: VirtualLoop) -> Ears:
        ears = Ears(loop)
        task = asyncio.create_task(ears.polling(api).run())
        await asyncio.sleep(seconds)
        assert not task.done()
        return ears

    return virtual(work)


def gaps(api: Api) -> list[float]:
    times = [when for when, _, _ in api.asked]
    return [round(later - earlier, 1) for earlier, later in itertools.pairwise(times)]


def test_the_next_question_confirms_what_was_handled() -> None:
    api = Api([5, 6], [], [9])
    ears = run(api)
    assert [number for number, _ in ears.taken] == [5, 6, 9]
    assert [offset for _, offset, _ in api.asked[:4]] == [None, 7, 7, 10]
    assert api.asked[0][2] == 0
    assert {wait for _, _, wait in api.asked[1:]} == {50}


def test_the_order_of_telegram_counts_and_not_that_of_numbers() -> None:
    api = Api([900, 17])
    run(api)
    assert api.asked[1][1] == 18


def test_nothing_is_said_of_where_to_go_on_after_six_days_of_silence() -> None:
    api = Api([900])
    run(api, 7 * 86_400.0)
    offsets = [offset for _, offset, _ in api.asked]
    assert offsets[1] == 901
    assert offsets[-1] is None


def test_the_first_answer_after_a_gap_may_be_old_and_later_ones_are_not() -> None:
    api = Api([1], [2], *[NotSent("away")] * 8, [3], [4])
    ears = run(api)
    assert ears.taken == [(1, True), (2, False), (3, True), (4, False)]


def test_handling_that_takes_long_is_no_gap() -> None:
    async def work(loop: VirtualLoop) -> None:
        ears = Ears(loop)
        ears.before = lambda: 90.0
        asyncio.create_task(ears.polling(Api([1], [2])).run())  # noqa: RUF006 - it lives as long as the loop
        await asyncio.sleep(1000)
        assert ears.taken == [(1, True), (2, False)]

    virtual(work)


@pytest.mark.parametrize(
    "error", [NotSent("no connection"), Perhaps("no answer"), Rejected("odd"), Shut("not you", 60.0)]
)
def test_pauses_grow_while_telegram_is_away_and_begin_anew_afterwards(error: DeliveryFailed) -> None:
    api = Api(*[error] * 9, [1], error)
    ears = run(api)
    assert gaps(api)[:9] == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]
    assert gaps(api)[10] == 1.0
    assert ears.states[-1] == ""
    assert "not heard" in ears.states[0]


def test_telegram_says_how_long_to_wait_even_if_that_is_hours() -> None:
    api = Api(Slower("too many", 7200.0), [1])
    ears = run(api, 8000.0)
    assert gaps(api)[0] == 7201.0
    assert ears.taken == [(1, True)]


def test_somebody_else_who_asks_is_noted_once_and_met_with_patience() -> None:
    api = Api(*[Elsewhere("Conflict: terminated by other getUpdates request")] * 8, [1], Elsewhere("again"))
    ears = run(api, 5000.0)
    assert gaps(api)[:8] == [10.0, 20.0, 40.0, 80.0, 160.0, 300.0, 300.0, 300.0]
    assert ears.conflicts == ["Conflict: terminated by other getUpdates request", "again"]
    assert "same token" in ears.states[0]


def test_an_address_that_somebody_has_set_is_named_and_not_fought() -> None:
    api = Api(Elsewhere("Conflict: can't use getUpdates method while webhook is active"))
    assert "address" in run(api).states[0]


def test_a_wrong_token_is_not_tried_again() -> None:
    async def work(loop: VirtualLoop) -> None:
        with pytest.raises(Shut):
            await Ears(loop).polling(Api([1], Shut("wrong token", whole=True))).run()

    virtual(work)


def test_what_was_not_handled_is_not_confirmed() -> None:
    async def work(loop: VirtualLoop) -> None:
        ears, api = Ears(loop), Api([1, 2, 3])
        ears.before = lambda: 10.0
        task = asyncio.create_task(ears.polling(api).run())
        await asyncio.sleep(25.0)
        task.cancel()
        await asyncio.wait([task])
        assert ears.taken == [(1, True), (2, True)]
        assert len(api.asked) == 1

    virtual(work)


def test_all_that_piled_up_may_be_old_however_many_answers_it_takes() -> None:
    api = Api([*range(1, 51)], [*range(51, 101)], [101, 102], [103])
    ears = run(api)
    assert ears.taken == [(number, number <= 102) for number in range(1, 104)]
