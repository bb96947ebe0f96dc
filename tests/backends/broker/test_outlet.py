"""One write per connection and turn of the loop."""

import asyncio

from gateway.backends.broker.outlet import Flusher, Outlet


class Pipe:
    """A transport that takes everything and remembers it."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.end = ""

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def backlog(self) -> int:
        return 0

    def close(self) -> None:
        self.end = "closed"

    def abort(self) -> None:
        self.end = "aborted"


def opened(count: int) -> list[tuple[Outlet, Pipe]]:
    flusher = Flusher(asyncio.get_running_loop())
    pipes = [Pipe() for _ in range(count)]
    return [(Outlet(pipe, flusher), pipe) for pipe in pipes]


async def test_what_one_turn_of_the_loop_writes_goes_out_at_its_end_in_one_piece():
    (one, first), (two, second) = opened(2)
    for data in (b"a", b"b"):
        one.write(data)
        two.write(data * 2)
    assert first.written == second.written == []
    await asyncio.sleep(0)
    one.write(b"c")
    await asyncio.sleep(0)
    assert first.written == [b"ab", b"c"]
    assert second.written == [b"aabb"]


async def test_a_long_turn_does_not_keep_the_client_waiting_for_its_end():
    ((outlet, pipe),) = opened(1)
    for _ in range(1000):
        outlet.write(b"x")
    assert pipe.written
    await asyncio.sleep(0)
    assert b"".join(pipe.written) == b"x" * 1000


async def test_closing_sends_what_is_written_and_aborting_does_not():
    (kind, kind_pipe), (harsh, harsh_pipe) = opened(2)
    for outlet, at_once in ((kind, False), (harsh, True)):
        outlet.write(b"last words")
        outlet.shut(at_once=at_once)
        outlet.write(b"too late")
    await asyncio.sleep(0)
    assert (kind_pipe.written, kind_pipe.end) == ([b"last words"], "closed")
    assert (harsh_pipe.written, harsh_pipe.end) == ([], "aborted")
