"""Talking to systemd: real datagram sockets in systemd's place."""

from __future__ import annotations

import asyncio
import os
import socket
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.backends.supervisor import DisabledSupervisor, Systemd, supervisor


class Listening:
    """systemd's end of the notification socket."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        self._socket.setblocking(False)

    def heard(self) -> list[dict[str, str]]:
        """Everything that arrived since the last look."""
        messages: list[dict[str, str]] = []
        while True:
            try:
                text = self._socket.recv(65_536).decode()
            except BlockingIOError:
                return messages
            messages.append(dict(line.split("=", 1) for line in text.split("\n")))

    def signs_of_life(self) -> int:
        return sum("WATCHDOG" in message for message in self.heard())

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["path", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Listening]:
    name = f"@gateway-{uuid.uuid4()}" if request.param == "abstract" else str(tmp_path / "notify")
    listening = Listening(name)
    yield listening
    listening.close()


def connected(systemd: Listening, **more: str) -> Systemd:
    found = supervisor({"NOTIFY_SOCKET": systemd.address, **more})
    assert isinstance(found, Systemd)
    return found


async def signs(systemd: Listening, wanted: int) -> int:
    """Signs of life, once there are as many as wanted."""
    deadline = time.monotonic() + 30
    count = 0
    while count < wanted and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
        count += systemd.signs_of_life()
    return count


async def test_it_says_ready_with_a_status_and_stopping(systemd: Listening) -> None:
    watcher = connected(systemd)
    watcher.ready("2 devices, 1 online; all is well")
    watcher.stopping()
    assert systemd.heard() == [
        {"READY": "1", "STATUS": "2 devices, 1 online; all is well"},
        {"STOPPING": "1", "STATUS": "stopping"},
    ]


async def test_a_failure_of_several_lines_becomes_one_status_line(systemd: Listening) -> None:
    connected(systemd).failed("gateway.toml has 2 mistakes:\n  line 1: a\n\n  line 2: b\nREADY=1")
    assert systemd.heard() == [{"STATUS": "gateway.toml has 2 mistakes: line 1: a; line 2: b; READY=1"}]


async def test_signs_of_life_go_on_while_the_store_answers(systemd: Listening) -> None:
    watcher = connected(systemd, WATCHDOG_USEC="60000", WATCHDOG_PID=str(os.getpid()))

    async def well() -> None:
        await asyncio.sleep(0)

    watching = asyncio.create_task(watcher.watch(well, lambda: "fine"))
    assert await signs(systemd, 5) >= 5
    watching.cancel()


async def test_no_sign_of_life_while_the_store_does_not_answer_and_again_when_it_does(
    systemd: Listening, caplog: pytest.LogCaptureFixture
) -> None:
    watcher = connected(systemd, WATCHDOG_USEC="60000")
    hanging = asyncio.Event()
    asked = asyncio.Event()

    async def well() -> None:
        asked.set()
        await hanging.wait()

    watching = asyncio.create_task(watcher.watch(well, lambda: "fine"))
    await asked.wait()
    systemd.heard()
    deadline = time.monotonic() + 30
    while "has not answered" not in caplog.text and time.monotonic() < deadline:  # noqa: ASYNC110 - a log has no event
        await asyncio.sleep(0.01)
    assert "has not answered" in caplog.text
    assert systemd.signs_of_life() == 0
    hanging.set()
    assert await signs(systemd, 2) >= 2
    watching.cancel()


async def test_what_proves_that_it_is_not_well_ends_the_watch(systemd: Listening) -> None:
    async def well() -> None:
        raise RuntimeError("the writer is gone")

    with pytest.raises(RuntimeError, match="the writer is gone"):
        await connected(systemd, WATCHDOG_USEC="30000").watch(well, lambda: "fine")


@pytest.mark.parametrize("usec", ["", "0", "soon", "-5"])
async def test_without_a_watchdog_only_the_status_is_told_now_and_then(systemd: Listening, usec: str) -> None:
    watcher = connected(systemd, WATCHDOG_USEC=usec)
    assert watcher._period_s == 20


async def test_a_watchdog_for_another_process_is_not_ours(systemd: Listening) -> None:
    watcher = connected(systemd, WATCHDOG_USEC="3000000", WATCHDOG_PID="1")
    assert watcher._period_s == 20
    assert connected(systemd, WATCHDOG_USEC="3000000", WATCHDOG_PID=str(os.getpid()))._period_s == 1


@pytest.mark.parametrize("works", [True, False], ids=["working", "waiting"])
def test_a_long_start_asks_for_time_only_while_it_works(
    systemd: Listening, works: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.backends.supervisor._EXTEND_EVERY_S", 0.2)
    watcher = connected(systemd)
    watcher.starting("repairing the store")
    deadline = time.monotonic() + (30 if works else 1)
    heard = systemd.heard()
    while time.monotonic() < deadline and not any("EXTEND_TIMEOUT_USEC" in message for message in heard):
        if works:
            sum(range(100_000))
        else:
            time.sleep(0.2)
        heard += systemd.heard()
    watcher.ready("fine")
    assert {"STATUS": "repairing the store"} in heard
    assert ({"EXTEND_TIMEOUT_USEC": "60000000"} in heard) is works


async def test_systemd_that_is_gone_is_no_reason_to_fail(systemd: Listening, caplog: pytest.LogCaptureFixture) -> None:
    watcher = connected(systemd)
    systemd.close()
    watcher.ready("fine")
    assert "systemd could not be told READY=1" in caplog.text


@pytest.mark.parametrize("address", ["", "vsock:2:1234"])
async def test_without_a_socket_there_is_nobody_to_tell(address: str) -> None:
    watcher = supervisor({"NOTIFY_SOCKET": address})
    assert isinstance(watcher, DisabledSupervisor)
    assert not watcher.present
    watcher.starting("starting")
    watcher.ready("fine")
    watcher.failed("not fine")
    watcher.stopping()
