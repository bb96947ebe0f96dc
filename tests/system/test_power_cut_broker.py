"""kill -9 at random moments: `gateway broker --durable` keeps every acknowledged message, and exactly-once holds."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from paho.mqtt.client import MQTTMessage

from gateway.bench.processes import Server, free_port, start_broker

from .pahoclient import Paho
from .powercut import tear

TOPICS = 20
IN_FLIGHT = 40


class Publisher:
    """Counts upwards on its own topic for as long as it is told to, through every power cut."""

    def __init__(self, port: int, name: str, qos: int) -> None:
        self.topic = f"stream/{name}"
        self.count = 0
        self._qos = qos
        self._paho = Paho(port, f"publisher-{name}", clean=False)
        self._going = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._ended:
            if self._going.wait(0.1) and self._paho.flushed(0.2, leave=IN_FLIGHT):
                self._paho.send(self.topic, str(self.count), self._qos)
                self.count += 1
                time.sleep(0.001)  # an absent session's queue is bounded: stay well below that

    def go(self) -> None:
        self._going.set()

    def finish(self) -> None:
        """Stop counting and see everything acknowledged."""
        self._going.clear()
        self._ended = True
        self._thread.join()
        assert self._paho.flushed(30), f"{self._paho.unfinished} messages on {self.topic} were never acknowledged"
        self._paho.close()


class Subscriber:
    """A persistent session that is away half of the time and remembers all it was given."""

    def __init__(self, port: int, name: str, topic: str, qos: int) -> None:
        self.got: list[int] = []
        self._port = port
        self._paho = Paho(port, f"subscriber-{name}", clean=False, on_message=self._take)
        self._paho.want(topic, qos)
        self.away = False

    def _take(self, message: MQTTMessage) -> None:
        self.got.append(int(message.payload) if message.payload else -1)

    def leave(self) -> None:
        if not self.away:
            self._paho.close()
            self.away = True

    def come_back(self) -> None:
        """The same client object, so that its own half of QoS 2 is remembered as a real device would."""
        if self.away:
            self._paho.client.connect("127.0.0.1", self._port)
            self._paho.client.loop_start()
            self.away = False

    def until(self, count: int, patience_s: float = 30) -> None:
        deadline = time.monotonic() + patience_s
        while len(set(self.got)) < count and time.monotonic() < deadline:
            time.sleep(0.02)

    def close(self) -> None:
        self._paho.close()


class RetainedBoard:
    """Publishes ever higher numbers as retained messages and knows which were acknowledged."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.acknowledged = [-1] * TOPICS
        self.sent = [-1] * TOPICS
        self._number = 0

    def connect(self) -> Paho:
        """A client to write with, while the broker is up."""
        return Paho(self._port, "board")

    def run(self, client: Paho, stop: threading.Event) -> None:
        """Until stopped or cut off."""
        sent: dict[int, tuple[int, int]] = {}
        try:
            while not stop.is_set():
                slot = self._number % TOPICS
                self.sent[slot] = self._number
                sent[client.send(f"board/{slot}", str(self._number), 1, retain=True)] = (slot, self._number)
                self._number += 1
                client.flushed(0.3, leave=IN_FLIGHT)
        finally:
            client.close()
            for mid in client.acknowledged:
                slot, number = sent[mid]
                self.acknowledged[slot] = max(self.acknowledged[slot], number)

    def check(self) -> None:
        """After a restart every topic shows its last acknowledged number or a later one."""
        reader = Paho(self._port, "reader")
        try:
            reader.want("board/#", 0)
            expected = sum(number >= 0 for number in self.acknowledged)
            shown: dict[int, int] = {}
            while len(shown) < expected:
                message = reader.take()
                shown[int(message.topic.split("/")[1])] = int(message.payload)
        finally:
            reader.close()
        for slot, number in enumerate(self.acknowledged):
            assert number <= shown.get(slot, -1) <= self.sent[slot], f"board/{slot}: {shown.get(slot)}, not {number}"


def first_seen(numbers: list[int]) -> list[int]:
    """Without repetitions, in the order of first appearance."""
    return list(dict.fromkeys(numbers))


def run_cuts(folder: Path, cuts: int, seed: int) -> None:
    dice = random.Random(seed)
    port = free_port()
    server = start_broker(folder, durable=True, port=port)
    streams = [(Publisher(port, "once", 2), 2), (Publisher(port, "least", 1), 1)]
    subscribers = [Subscriber(port, str(qos), publisher.topic, qos) for publisher, qos in streams]
    board = RetainedBoard(port)
    for publisher, _ in streams:
        publisher.go()
    try:
        for cut in range(cuts):
            server = cut_once(server, folder, port, dice, board, subscribers)
            assert server.alive, f"cut {cut}: {server.output()[-2000:]}"
        for subscriber in subscribers:
            subscriber.come_back()
        for publisher, _ in streams:
            publisher.finish()
        for (publisher, _), subscriber in zip(streams, subscribers, strict=True):
            subscriber.until(publisher.count)
            assert -1 not in subscriber.got, f"{publisher.topic}: a message came without its payload"
            missing = set(range(publisher.count)) - set(subscriber.got)
            assert not missing, f"{publisher.topic}: {len(missing)} of {publisher.count} lost, first {min(missing)}"
            assert first_seen(subscriber.got) == list(range(publisher.count)), f"{publisher.topic}: out of order"
        twice = [number for number, times in Counter(subscribers[0].got).items() if times > 1]
        assert not twice, f"delivered more than once at QoS 2: {twice[:10]}"
    finally:
        for subscriber in subscribers:
            subscriber.close()
        server.kill()


def cut_once(
    server: Server, folder: Path, port: int, dice: random.Random, board: RetainedBoard, subscribers: list[Subscriber]
) -> Server:
    """Load, a kill at a random moment, torn files, a restart; the server that runs now."""
    for subscriber in subscribers:
        if subscriber.away or dice.random() < 0.5:
            subscriber.come_back()
        else:
            subscriber.leave()
    stop = threading.Event()
    writing = threading.Thread(target=board.run, args=(board.connect(), stop), daemon=True)
    writing.start()
    time.sleep(dice.uniform(0.05, 0.8))
    server.kill()
    stop.set()
    writing.join()
    tear(folder, dice)
    server = start_broker(folder, durable=True, port=port)
    try:
        board.check()
    except BaseException:
        server.kill()
        raise
    return server


def test_8_power_cuts_lose_no_acknowledged_message(tmp_path: Path) -> None:
    run_cuts(tmp_path, 8, seed=8)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_200_power_cuts_lose_no_acknowledged_message(tmp_path: Path) -> None:
    run_cuts(tmp_path, 200, seed=200)
