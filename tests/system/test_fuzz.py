"""Mutated packets against the broker: it neither falls over, nor grows, nor keeps a dead connection."""

from __future__ import annotations

import random
import select
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.bench.processes import Server, start_broker

from .conformance.rawmqtt import BYE, PING, Will, ack, connect, packet, publish, subscribe, text, unsubscribe
from .pahoclient import Paho
from .patience import settled_files

PER_CONNECTION = 2
PER_BATCH = 500
AT_ONCE = 10
GROWTH_MB = 32


def valid_packets(dice: random.Random) -> list[bytes]:
    """One or more of every type a client sends, as the standard wants them."""
    topic = dice.choice(["fuzz/a", "fuzz/a/b", "fuzz", "/", "fuzz//x", "$fuzz/a", "fuzz/" + "x" * dice.randrange(300)])
    pid = dice.choice([1, 2, 3, 0x7F, 0x80, 0xFFFF])
    payload = dice.randbytes(dice.choice([0, 1, 10, 125, 128, 1000]))
    return [
        connect(f"fuzz-{dice.randrange(20)}", clean=dice.random() < 0.9),
        connect(
            "fuzz", will=Will(topic, payload, dice.randrange(3), retain=dice.random() < 0.5), user="u", password=b"p"
        ),
        publish(topic, payload),
        publish(topic, payload, 1, pid, dup=dice.random() < 0.3),
        publish(topic, payload, 2, pid, retain=dice.random() < 0.3),
        *(ack(kind, pid) for kind in (4, 5, 6, 7)),
        subscribe(pid, (topic, dice.randrange(3)), ("fuzz/+", 1), ("fuzz/#", 2)),
        unsubscribe(pid, topic, "fuzz/#"),
        PING,
        BYE,
    ]


def mutate(dice: random.Random, raw: bytes, other: bytes) -> bytes:
    """`raw` broken in one of the ways packets break or are broken."""
    data = bytearray(raw)
    at = dice.randrange(len(data))
    match dice.randrange(9):
        case 0:
            for _ in range(dice.randrange(1, 9)):
                data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        case 1:
            del data[at:]
        case 2:
            data = data[:at] + other[dice.randrange(len(other)) :]
        case 3:
            data[1:2] = dice.randbytes(dice.randrange(1, 5))
        case 4:
            data[at:at] = dice.randbytes(dice.randrange(1, 40))
        case 5:
            del data[at : at + dice.randrange(1, 9)]
        case 6:
            data[at] = dice.choice([0x00, 0x7F, 0x80, 0xFF])
        case 7:
            data = bytearray(packet(dice.randrange(256), dice.randbytes(dice.randrange(60))))
        case _:
            data[at:at] = text(dice.choice([b"", b"#", b"+", b"\0", b"\xff\xff", b"\xed\xa0\x80", b"fuzz/#"]))
    return bytes(data)


def conversation(dice: random.Random) -> list[bytes]:
    """What one connection sends: mostly let in first, then mutated packets among valid ones."""
    packets = [connect(f"fuzz-{dice.randrange(1_000_000)}")] if dice.random() < 0.9 else []
    for _ in range(PER_CONNECTION):
        raw, other = dice.choice(valid_packets(dice)), dice.choice(valid_packets(dice))
        packets.append(mutate(dice, raw, other))
        if dice.random() < 0.3:
            packets.append(other)
    return packets


class Attack:
    """Conversations with one broker, and whether it ended every one."""

    def __init__(self, port: int, dice: random.Random) -> None:
        self._port = port
        self._dice = dice
        self.opened = self.answered = 0
        self.last: list[bytes] = []
        """What the connections of the last batch sent, to reproduce a failure."""

    def batch(self) -> int:
        """One batch of connections, some at once; how many the broker did not end after being told goodbye by TCP."""
        self.last = []
        stuck = 0
        for _ in range(PER_BATCH // PER_CONNECTION // AT_ONCE):
            wires = [socket.create_connection(("127.0.0.1", self._port), 5) for _ in range(AT_ONCE)]
            try:
                for wire in wires:
                    self._talk(wire)
                stuck += self._left_open(wires)
            finally:
                for wire in wires:
                    wire.close()
        return stuck

    def _talk(self, wire: socket.socket) -> None:
        self.opened += 1
        packets = conversation(self._dice)
        self.last.append(b"".join(packets))
        try:
            if self._dice.random() < 0.5:
                wire.sendall(self.last[-1])
            else:
                for raw in packets:
                    wire.sendall(raw)
            if self._dice.random() < 0.2:
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # ends with a reset
                wire.close()
            else:
                wire.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # closed by the broker already

    def _left_open(self, wires: list[socket.socket]) -> int:
        """How many are still open some seconds later."""
        waiting = {wire for wire in wires if wire.fileno() >= 0}
        unheard = set(waiting)
        deadline = time.monotonic() + 10
        while waiting and time.monotonic() < deadline:
            for wire in select.select(list(waiting), [], [], 1)[0]:
                try:
                    got = wire.recv(65536)
                except OSError:
                    got = b""
                if not got:
                    waiting.discard(wire)
                elif wire in unheard:
                    unheard.discard(wire)
                    self.answered += 1
        return len(waiting)


@pytest.fixture(params=["in memory", "durable"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    with start_broker(tmp_path, durable=request.param == "durable") as server:
        yield server


def still_serves(port: int, number: int) -> None:
    """A paho client connects, publishes and receives."""
    client = Paho(port, f"well-behaved-{number}")
    try:
        client.want(f"honest/{number}", 1)
        client.put(f"honest/{number}", b"still here", 2)
        assert client.take().payload == b"still here"
    finally:
        client.close()


def run_fuzz(server: Server, packets: int, seed: int, keep: Path) -> None:
    attack = Attack(server.port, random.Random(seed))
    batches = packets // PER_BATCH
    settle = max(2, batches // 10)
    files = before_mb = 0.0
    for number in range(batches):
        try:
            stuck = attack.batch()
            assert server.alive, server.output()[-3000:]
            still_serves(server.port, number)
            assert not stuck, f"{stuck} connections were not closed"
            assert "Traceback" not in server.output(), server.output()[-3000:]
            if number == 0:
                files = server.open_files()
            if number == settle:
                before_mb = server.rss_mb()
        except BaseException:
            (keep / "last-batch.txt").write_text("\n".join(raw.hex() for raw in attack.last))
            print(f"seed {seed}, batch {number}; its connections as hex lines: {keep / 'last-batch.txt'}")
            raise
    assert attack.answered > attack.opened / 2, "the broker refused to play"
    assert settled_files(server, int(files) + 2) <= files + 2
    assert server.rss_mb() - before_mb < GROWTH_MB


def test_5_000_mutated_packets_do_no_harm(broker: Server, tmp_path: Path) -> None:
    run_fuzz(broker, 5_000, seed=3111, keep=tmp_path)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_200_000_mutated_packets_do_no_harm(broker: Server, tmp_path: Path) -> None:
    run_fuzz(broker, 200_000, seed=20260107, keep=tmp_path)
