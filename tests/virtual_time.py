"""An event loop whose hours pass at once: nothing waits for real, everything happens in its order."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from tests.fakes import START_MS

_Result = TypeVar("_Result")


class _Selector(selectors.DefaultSelector):
    """Instead of waiting it lets the loop's time pass."""

    passed_s = 0.0

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:
            raise AssertionError("nothing will ever happen any more")
        self.passed_s += max(timeout, 0.0)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """`time` is seconds since it was made. `now_ms` is a wall clock that goes with it; `moved_ms` sets it."""

    def __init__(self) -> None:
        self._passing = _Selector()
        self.moved_ms = 0
        super().__init__(self._passing)
        self.slow_callback_duration = 60.0

    def time(self) -> float:
        # The loop looks a little ahead when it compares: a timer is due exactly then.
        return self._passing.passed_s

    def now_ms(self) -> int:
        return START_MS + self.moved_ms + round(self._passing.passed_s * 1000)


def virtual(work: Callable[[VirtualLoop], Coroutine[Any, Any, _Result]]) -> _Result:
    """What `work` returns; everything it has begun and left is cancelled."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(work(loop))
    finally:
        try:
            left = asyncio.all_tasks(loop)
            for task in left:
                task.cancel()
            if left:
                loop.run_until_complete(asyncio.wait(left))
        finally:
            loop.close()
