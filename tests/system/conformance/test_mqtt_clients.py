"""Clients people really use: paho-mqtt and Debian's mosquitto_pub and mosquitto_sub."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator

import pytest

from gateway.bench.processes import Server

from ..pahoclient import PATIENCE_S, Paho


@pytest.fixture
def paho(broker: Server) -> Iterator[Callable[..., Paho]]:
    made: list[Paho] = []

    def make(client_id: str, clean: bool = True) -> Paho:
        made.append(Paho(broker.port, client_id, clean))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_paho_gets_two_hundred_messages_once_and_in_order(paho: Callable[..., Paho], name: str, qos: int) -> None:
    receiver, sender = paho(f"{name}-r"), paho(f"{name}-s")
    receiver.want(f"{name}/#", qos)
    for index in range(200):
        sender.send(f"{name}/a", str(index), qos)
    sender.put(f"{name}/end", b"", qos)
    assert [int(receiver.take().payload) for _ in range(200)] == list(range(200))
    assert receiver.take().topic == f"{name}/end"


def test_paho_gets_a_retained_message_of_200_kb(paho: Callable[..., Paho], name: str) -> None:
    payload = bytes(range(256)) * 800
    paho(f"{name}-s").put(name, payload, 1, retain=True)
    receiver = paho(f"{name}-r")
    receiver.want(name, 1)
    message = receiver.take()
    assert message.retain
    assert message.payload == payload


@pytest.mark.parametrize("qos", [1, 2])
def test_paho_resumes_its_session(paho: Callable[..., Paho], name: str, qos: int) -> None:
    receiver = paho(f"{name}-r", clean=False)
    receiver.want(name, qos)
    receiver.close()
    sender = paho(f"{name}-s")
    for index in range(50):
        sender.put(name, str(index).encode(), qos)
    receiver = paho(f"{name}-r", clean=False)
    assert receiver.present
    assert [int(receiver.take().payload) for _ in range(50)] == list(range(50))


@pytest.mark.needs("mosquitto_pub", "mosquitto_sub")
@pytest.mark.parametrize("qos", ["0", "1", "2"])
def test_mosquitto_pub_reaches_mosquitto_sub(broker: Server, name: str, qos: str) -> None:
    address = ["-h", "127.0.0.1", "-p", str(broker.port), "-q", qos, "-t", f"{name}/x", "-V", "mqttv311"]
    stored = subprocess.run(["mosquitto_pub", *address, "-r", "-m", "grüße"], timeout=PATIENCE_S, check=False)
    assert stored.returncode == 0
    heard = subprocess.run(
        ["mosquitto_sub", *address, "-C", "1", "-W", "8"], capture_output=True, timeout=PATIENCE_S, check=False
    )
    assert heard.stdout.decode() == "grüße\n"
