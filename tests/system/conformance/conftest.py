"""One broker process per module, without a disk and with `--durable`.

GATEWAY_TEST_BROKER=mosquitto runs the same suite against Mosquitto, which proves the suite.
"""

from __future__ import annotations

import itertools
import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.bench.processes import Server, start_broker, start_mosquitto

from .rawmqtt import CONNACK, Join, Packet, Will, Wire, connect

UNDER_TEST = os.environ.get("GATEWAY_TEST_BROKER", "gateway")
KINDS = ["mosquitto"] if UNDER_TEST == "mosquitto" else ["in memory", "durable"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        mark = item.get_closest_marker("mosquitto_differs")
        if mark is not None and UNDER_TEST == "mosquitto":
            item.add_marker(pytest.mark.xfail(reason=mark.args[0], run=False))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "mosquitto_differs(reason): Mosquitto 2.0.11 does not do this")


@pytest.fixture(scope="module", params=KINDS)
def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("broker")
    if request.param == "mosquitto":
        started = start_mosquitto(folder, "message_size_limit 270000", "max_packet_size 262144")
    else:
        started = start_broker(folder, durable=request.param == "durable")
    with started as server:
        yield server
        assert server.alive, server.output()[-2000:]


@pytest.fixture
def dial(broker: Server) -> Iterator[Callable[[], Wire]]:
    """Opens TCP connections that are closed after the test."""
    opened: list[Wire] = []

    def open_one() -> Wire:
        opened.append(Wire(broker.port))
        return opened[-1]

    yield open_one
    for wire in opened:
        wire.drop()


@pytest.fixture
def join(dial: Callable[[], Wire], name: str) -> Join:
    numbers = itertools.count()

    def accepted(
        client_id: str = "",
        *,
        clean: bool = True,
        keep_alive: int = 60,
        will: Will | None = None,
        present: bool | None = None,
    ) -> Wire:
        wire = dial()
        wire.send(connect(client_id or f"{name}-{next(numbers)}", clean=clean, keep_alive=keep_alive, will=will))
        answer = wire.take()
        assert answer in (Packet(CONNACK << 4, b"\0\0"), Packet(CONNACK << 4, b"\1\0")), answer
        assert present is None or bool(answer.body[0]) == present
        return wire

    return accepted


@pytest.fixture
def name() -> str:
    """A word no other test uses, for client ids and topics."""
    return f"t{uuid.uuid4().hex[:12]}"
