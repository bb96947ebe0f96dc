"""Browsers that follow /api/live, as bare sockets: they cost this process next to nothing and hide nothing."""

from __future__ import annotations

import base64
import contextlib
import os
import selectors
import socket
import threading

from .figures import NotMeasured

_PATIENCE_S = 20.0
_PING, _CLOSE = 9, 8
_SMALLEST_BUFFER = 4096
_SMALLEST_SEGMENT = 536


class Browser:
    """One WebSocket. `readings` counts what came; a stalled one never reads a byte after it was let in."""

    def __init__(self, port: int, authorization: str, query: str, *, stalled: bool = False) -> None:
        self.readings = 0
        self.closed = False
        self._rest = bytearray()
        self.socket = socket.socket()
        if stalled:
            # Small segments keep the gateway's side of the kernel from taking megabytes in its stead.
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALLEST_BUFFER)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, _SMALLEST_SEGMENT)
        self.socket.settimeout(_PATIENCE_S)
        self.socket.connect(("127.0.0.1", port))
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET /api/live?{query} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nAuthorization: {authorization}\r\n\r\n".encode()
        )
        answer = b""
        while b"\r\n\r\n" not in answer:
            byte = self.socket.recv(1)
            answer += byte
            if not byte or len(answer) > 4096:
                break
        if b" 101 " not in answer.split(b"\r\n", 1)[0]:
            self.socket.close()
            raise NotMeasured(f"/api/live: {answer[:200].decode(errors='replace')}")

    def take(self) -> None:
        """Read what is there."""
        data = self.socket.recv(1 << 20)
        self.closed = self.closed or not data
        self._rest += data
        while (frame := self._frame()) is not None:
            opcode, payload = frame
            self.readings += payload.count(b'"type":"reading"')
            if opcode == _PING:
                # Masked with zeros, which changes nothing.
                self.socket.sendall(bytes((0x8A, 0x80 | len(payload), 0, 0, 0, 0)) + payload)
            self.closed = self.closed or opcode == _CLOSE

    def _frame(self) -> tuple[int, bytes] | None:
        rest = self._rest
        if len(rest) < 2:
            return None
        length, begin = rest[1] & 0x7F, 2
        if length > 125:
            begin = 4 if length == 126 else 10
            if len(rest) < begin:
                return None
            length = int.from_bytes(rest[2:begin], "big")
        if len(rest) < begin + length:
            return None
        opcode, payload = rest[0] & 0x0F, bytes(rest[begin : begin + length])
        del rest[: begin + length]
        return opcode, payload


class Browsers:
    """Many of them, read by one thread until closed."""

    def __init__(self, browsers: list[Browser]) -> None:
        self._browsers = browsers
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            for browser in self._browsers:
                selector.register(browser.socket, selectors.EVENT_READ, browser)
            while not self._ended.is_set():
                for key, _ in selector.select(0.2):
                    browser = key.data
                    with contextlib.suppress(ConnectionError):
                        browser.take()
                    if browser.closed:
                        selector.unregister(browser.socket)

    def readings(self) -> list[int]:
        """How many each has got so far."""
        return [browser.readings for browser in self._browsers]

    @property
    def cut(self) -> int:
        """How many were sent away."""
        return sum(browser.closed for browser in self._browsers)

    def close(self) -> None:
        """They all leave."""
        self._ended.set()
        self._thread.join()
        for browser in self._browsers:
            browser.socket.close()
