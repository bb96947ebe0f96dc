"""Who stops reading, or never says who it is, costs nobody else a message, and the broker little memory."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from gateway.bench import loadgen
from gateway.bench.processes import Server, start_broker

from .conformance.rawmqtt import Wire, connect, packet
from .patience import settled_files

DEAF = 5
GROWTH_MB = 64


def deaf_subscriber(server: Server, client_id: str, qos: int) -> Wire:
    """Subscribed to everything with a small receive window, and then never reads again."""
    wire = Wire(server.port)
    wire._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    wire.send(connect(client_id, keep_alive=0))
    wire.take()
    wire.want("devices/#", qos)
    return wire


@pytest.mark.needs("cc")
@pytest.mark.parametrize("qos", [pytest.param(0, marks=pytest.mark.soak), 1])
def test_deaf_subscribers_are_cut_and_the_others_get_everything(tmp_path: Path, qos: int) -> None:
    program = loadgen.build(tmp_path)
    with start_broker(tmp_path) as server:
        before_mb, files = server.rss_mb(), server.open_files()
        deaf = [deaf_subscriber(server, f"deaf-{index}", qos) for index in range(DEAF)]
        try:
            options = loadgen.Options(
                server.port, qos=qos, subscriber_qos=qos, seconds=12, patience_s=15, pid=server.pid, size=1000
            )
            load = loadgen.run(program, options)
            assert load.flaw == ""
            assert load.received == load.sent > 10_000
            assert (
                settled_files(server, files + 1) <= files + 1
            )  # its end is closed; what the kernel still holds is not
        finally:
            for wire in deaf:
                wire.drop()
        assert max(load.peak_rss_mb, server.rss_mb()) - before_mb < GROWTH_MB


def test_half_a_connect_is_not_waited_for(tmp_path: Path) -> None:
    whole = connect("half")
    beginnings = [b"", whole[:1], whole[:2], whole[:9], b"\x10\xff\xff\x03" + b"x" * 1000, packet(0x10, whole[2:])[:-1]]
    with start_broker(tmp_path) as server:
        wires = [Wire(server.port, 30) for _ in beginnings]
        try:
            for wire, beginning in zip(wires, beginnings, strict=True):
                wire.send(beginning)
            assert [wire.ends() for wire in wires] == [[]] * len(wires)
        finally:
            for wire in wires:
                wire.drop()
