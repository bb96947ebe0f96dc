"""The benches of the home measure what they say, and their browsers read WebSockets as they are."""

from __future__ import annotations

import socket
import sys
import threading
import time
from pathlib import Path

import pytest

from gateway.bench.browsers import Browser
from gateway.bench.command import Command, Plan
from gateway.bench.figures import NotMeasured
from gateway.bench.processes import spawn


class Gateway(threading.Thread):
    """Lets one browser in, or not, and sends it these frames."""

    def __init__(self, answer: bytes, frames: bytes) -> None:
        super().__init__(daemon=True)
        self._answer = answer
        self._frames = frames
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.said_back = b""
        self.start()

    def run(self) -> None:
        wire, _ = self._server.accept()
        with self._server, wire:
            wire.recv(4096)
            wire.sendall(self._answer + self._frames)
            wire.shutdown(socket.SHUT_WR)
            while data := wire.recv(4096):
                self.said_back += data


def frame(opcode: int, payload: bytes) -> bytes:
    length = len(payload)
    if length < 126:
        size = bytes((length,))
    else:
        size = b"\x7e" + length.to_bytes(2, "big") if length < 65536 else b"\x7f" + length.to_bytes(8, "big")
    return bytes((0x80 | opcode,)) + size + payload


def test_a_browser_counts_readings_in_frames_of_any_size_and_answers_pings() -> None:
    reading = b'{"type":"reading"}'
    frames = frame(1, reading) + frame(9, b"you?") + frame(1, b"[" + reading * 20 + b"]") + frame(1, reading * 5000)
    gateway = Gateway(b"HTTP/1.1 101 Switching Protocols\r\n\r\n", frames)
    browser = Browser(gateway.port, "Bearer x", "batch=1")
    while not browser.closed:
        browser.take()
    browser.socket.close()
    gateway.join()
    assert browser.readings == 5021
    assert gateway.said_back == b"\x8a\x84\0\0\0\0you?"


def test_a_browser_that_is_not_let_in_is_not_measured() -> None:
    gateway = Gateway(b"HTTP/1.1 401 Unauthorized\r\n\r\n", b"")
    with pytest.raises(NotMeasured, match="401"):
        Browser(gateway.port, "Bearer x", "")


def test_processor_time_counts_while_a_process_works(tmp_path: Path) -> None:
    with spawn([sys.executable, "-c", "while True: pass"], tmp_path / "busy.log") as busy:
        before = busy.cpu_s()
        deadline = time.monotonic() + 30
        while busy.cpu_s() - before < 0.05:
            assert time.monotonic() < deadline, "a process that does nothing else used no processor"


def test_every_command_of_the_bench_is_received_and_done(tmp_path: Path) -> None:
    report = Command(tmp_path, Plan(rounds=1, commands=10, probes=5)).run()
    assert len(report.figures) == 6
    assert all(figure.value is not None and not figure.flawed for figure in report.figures), report.text()
