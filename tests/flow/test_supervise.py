"""Leaves: what fails starts again; what it is for is told in words, and not at every try."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable

import pytest

from gateway.backends.microphone import Microphone, MicrophoneSettings
from gateway.core.errors import GatewayError
from gateway.flow import supervise
from gateway.flow.supervise import Leaf


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervise, "_FIRST_PAUSE_S", 0.0)
    monkeypatch.setattr(supervise, "_LONGEST_PAUSE_S", 0.0)


class Tries:
    """`run` raises what is left, one at a time, then runs until it is cancelled."""

    def __init__(self, *failures: Exception) -> None:
        self.left = list(failures)
        self.through = asyncio.Event()

    async def run(self) -> None:
        if self.left:
            raise self.left.pop(0)
        self.through.set()
        await asyncio.Event().wait()


async def supervised(leaf: Leaf, done: Callable[[], Awaitable[object]]) -> None:
    task = asyncio.create_task(leaf.supervise())
    await asyncio.wait_for(done(), 10)
    task.cancel()
    await asyncio.wait([task])


async def test_a_known_reason_is_one_line_told_once(caplog: pytest.LogCaptureFixture) -> None:
    tries = Tries(*[GatewayError("nothing is plugged in")] * 3, GatewayError("it is torn"))
    leaf = Leaf("ear", tries.run)
    await supervised(leaf, tries.through.wait)
    assert [record.getMessage() for record in caplog.records] == [
        "ear does not run, and is tried again and again: nothing is plugged in",
        "ear does not run, and is tried again and again: it is torn",
    ]
    assert all(record.exc_info is None for record in caplog.records)
    assert leaf.failure == ""


async def test_after_it_has_run_for_a_while_the_reason_is_told_anew(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervise, "_STEADY_S", -1.0)
    tries = Tries(*[GatewayError("nothing is plugged in")] * 2)
    await supervised(Leaf("ear", tries.run), tries.through.wait)
    assert len(caplog.records) == 2


async def test_a_mistake_is_logged_with_its_trace_every_time(caplog: pytest.LogCaptureFixture) -> None:
    tries = Tries(*[ZeroDivisionError("a mistake")] * 2)
    await supervised(Leaf("ear", tries.run), tries.through.wait)
    assert [record.exc_info is not None for record in caplog.records] == [True, True]


async def test_without_its_library_the_microphone_says_once_what_to_install(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    microphone = Microphone(MicrophoneSettings(), lambda pcm: None)
    tries = 0
    complaints: list[str] = []

    async def run() -> None:
        nonlocal tries
        tries += 1
        await microphone.run()

    async def tried_often() -> None:
        while tries < 4:
            complaints.append(leaf.failure)
            await asyncio.sleep(0)

    leaf = Leaf("microphone", run)
    await supervised(leaf, tried_often)
    (told,) = (record for record in caplog.records if record.name == supervise.__name__)
    assert "pip install 'edge-gateway[sound]'" in told.getMessage()
    assert "\n" not in told.getMessage()
    assert told.exc_info is None
    assert any("sounddevice cannot be used here" in complaint for complaint in complaints)
