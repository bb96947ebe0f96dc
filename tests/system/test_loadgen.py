"""The load generator tells the truth: also about a broker that loses, repeats or reorders."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.bench import loadgen
from gateway.bench.figures import NotMeasured
from gateway.bench.processes import Server, start_broker

pytestmark = pytest.mark.needs("cc")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return loadgen.build(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with start_broker(tmp_path_factory.mktemp("broker")) as server:
        yield server


class Cheat:
    """A broker of two connections (subscriber, publisher) that passes messages on as `forward` says."""

    def __init__(self, forward: Callable[[list[bytes]], list[bytes]]) -> None:
        self._forward = forward
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        subscriber, _ = self._listener.accept()
        subscriber.recv(1000)
        subscriber.sendall(b"\x20\x02\0\0")
        subscriber.recv(1000)
        subscriber.sendall(b"\x90\x03\0\1\0")
        publisher, _ = self._listener.accept()
        publisher.recv(1000)
        publisher.sendall(b"\x20\x02\0\0")
        with subscriber, publisher:
            pending = b""
            while got := publisher.recv(65536):
                pending += got
                messages: list[bytes] = []
                while len(pending) > 3 and len(pending) >= (size := 3 + (pending[1] & 127) + 128 * pending[2]):
                    messages.append(pending[:size])
                    pending = pending[size:]
                for message in self._forward([self._at_qos_0(message) for message in messages]):
                    subscriber.sendall(message)
                for message in messages:
                    publisher.sendall(b"\x40\x02" + self._packet_id(message))

    @staticmethod
    def _packet_id(message: bytes) -> bytes:
        start = 5 + int.from_bytes(message[3:5], "big")
        return message[start : start + 2]

    @staticmethod
    def _at_qos_0(message: bytes) -> bytes:
        start = 5 + int.from_bytes(message[3:5], "big")
        body = message[3:start] + message[start + 2 :]
        return bytes((0x30, len(body) & 127 | 128, len(body) >> 7)) + body

    def close(self) -> None:
        self._thread.join(10)
        self._listener.close()


def cheated(program: Path, forward: Callable[[list[bytes]], list[bytes]]) -> loadgen.Load:
    cheat = Cheat(forward)
    try:
        options = loadgen.Options(
            cheat.port, publishers=1, subscriber_qos=0, count=40, window=40, size=200, patience_s=0.5
        )
        return loadgen.run(program, options)
    finally:
        cheat.close()


def test_an_honest_broker_loses_nothing(program: Path) -> None:
    load = cheated(program, lambda messages: messages)
    assert (load.sent, load.acked, load.received, load.flaw) == (40, 40, 40, "")


def test_lost_messages_are_counted(program: Path) -> None:
    seen = 0

    def every_tenth(messages: list[bytes]) -> list[bytes]:
        nonlocal seen
        kept = [message for index, message in enumerate(messages, seen) if index % 10]
        seen += len(messages)
        return kept

    assert cheated(program, every_tenth).flaw == "4 missing"


def test_repeated_messages_are_counted(program: Path) -> None:
    load = cheated(program, lambda messages: [message for message in messages for _ in range(2)])
    assert (load.duplicated, load.missing) == (40, 0)


def test_reordered_messages_are_counted(program: Path) -> None:
    held: list[bytes] = []

    def last_first(messages: list[bytes]) -> list[bytes]:
        held.extend(messages)
        return held[::-1] if len(held) == 40 else []

    load = cheated(program, last_first)
    assert (load.out_of_order, load.missing, load.duplicated) == (39, 0, 0)


@pytest.mark.parametrize("qos", [0, 1])
def test_every_message_of_every_publisher_arrives_at_every_subscriber(program: Path, broker: Server, qos: int) -> None:
    options = loadgen.Options(
        broker.port, publishers=7, subscribers=3, qos=qos, subscriber_qos=qos, count=2100, seconds=20, prefix=f"p{qos}"
    )
    load = loadgen.run(program, options)
    assert (load.sent, load.received, load.flaw) == (2100, 6300, "")
    assert load.delivery_ms is not None
    assert load.delivery_ms.count == 6300


def test_a_fixed_rate_is_kept(program: Path, broker: Server) -> None:
    load = loadgen.run(program, loadgen.Options(broker.port, rate=500, seconds=1, prefix="rate"))
    assert load.sent + load.held in range(495, 506)


def test_nobody_listening_is_not_a_measurement(program: Path, broker: Server) -> None:
    with pytest.raises(NotMeasured, match="Connection refused"):
        loadgen.run(program, loadgen.Options(1))
