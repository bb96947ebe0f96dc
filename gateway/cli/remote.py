"""Talks to the running gateway through the socket in its data folder: one request, or a live feed."""

from __future__ import annotations

import argparse
import base64
import contextlib
import http.client
import io
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ..core.errors import GatewayError

SOCKET_NAME = "gateway.sock"
INSTALLED = Path("/var/lib/gateway")
_NEARBY = (Path(".data/demo"), Path(".data"))
_TIMEOUT_S = 30.0
_PATH_BYTES = 107
_MOST_FRAME = 64 << 20
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


class NotRunning(GatewayError):
    """No gateway answers in this data folder."""


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong with what was sent, and where: `if.of[0].value`."""

    path: str
    reason: str


class Refusal(GatewayError):
    """The gateway said no; the text is its own. `faults`: all that is wrong with what was sent, where it says so;
    `key`: the first key that is.
    """

    def __init__(self, text: str, faults: tuple[Fault, ...] = (), key: str = "") -> None:
        super().__init__(text)
        self.faults = faults
        self.key = key


class _Problem(msgspec.Struct):
    detail: str = ""
    key: str = ""
    problems: tuple[Fault, ...] = ()


def add_options(parser: argparse.ArgumentParser) -> None:
    """What every command that talks to the gateway takes: --data and --json."""
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="the gateway's data folder (default: $GATEWAY_DATA, else .data here if a gateway runs in it, else "
        f"{INSTALLED})",
    )
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")


def data_folder(given: Path | None) -> Path:
    """The data folder: given, from the environment, nearby with a gateway running in it, or the installed one."""
    if given is not None:
        return given
    named = os.environ.get("GATEWAY_DATA")
    if named:
        return Path(named)
    return next((folder for folder in _NEARBY if _answers(folder)), INSTALLED)


def _answers(folder: Path) -> bool:
    try:
        _connect(folder).close()
    except NotRunning:
        return False
    return True


def _connect(folder: Path) -> socket.socket:
    """A connection to the gateway of this data folder. Raises NotRunning that says what to do."""
    path = folder / SOCKET_NAME
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    opened.settimeout(_TIMEOUT_S)
    try:
        if len(os.fsencode(path)) <= _PATH_BYTES:
            opened.connect(str(path))
        else:
            _connect_deep(opened, folder)
    except PermissionError as error:
        opened.close()
        raise NotRunning(f"The gateway in {folder} belongs to another user; run this as that user or root.") from error
    except OSError as error:
        opened.close()
        raise NotRunning(
            f"No gateway is running in {folder}. Start it with `gateway run` or `gateway demo`, "
            "or name its data folder with --data."
        ) from error
    return opened


def _connect_deep(opened: socket.socket, folder: Path) -> None:
    # An address has room for 107 bytes; the folder may be deeper than that.
    directory = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        opened.connect(f"/proc/self/fd/{directory}/{SOCKET_NAME}")
    finally:
        os.close(directory)


class _Connection(http.client.HTTPConnection):
    """HTTP over the gateway's unix socket."""

    def __init__(self, folder: Path, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._folder = folder

    def connect(self) -> None:
        """HTTPConnection: called by it when needed."""
        self.sock = _connect(self._folder)
        self.sock.settimeout(self.timeout)


class Remote:
    """The running gateway of one data folder, spoken to as its administrator."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def ask(self, method: str, path: str, body: object | None = None, *, timeout_s: float = _TIMEOUT_S) -> bytes:
        """The answer's JSON, which may take so many seconds. Raises NotRunning, or Refusal with the gateway's own
        words.
        """
        if body is None:
            return self._exchange(method, path, None, {}, timeout_s)
        return self.send(method, path, msgspec.json.encode(body), "application/json", timeout_s=timeout_s)

    def send(self, method: str, path: str, content: bytes, kind: str, *, timeout_s: float = _TIMEOUT_S) -> bytes:
        """The same with a body of any content type."""
        return self._exchange(method, path, content, {"Content-Type": kind}, timeout_s)

    def _exchange(
        self, method: str, path: str, content: bytes | None, headers: dict[str, str], timeout_s: float
    ) -> bytes:
        connection = _Connection(self._folder, timeout_s)
        try:
            connection.request(method, path, content, headers)
            response = connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise NotRunning(f"The gateway in {self._folder} did not answer: {error}") from error
        finally:
            connection.close()
        if response.status >= 400:
            raise _refusal(response.status, answer)
        return answer

    def follow(self, channels: str) -> Iterator[bytes]:
        """The messages of these live channels, beginning with a snapshot, until the gateway ends them."""
        opened = _connect(self._folder)
        with opened, opened.makefile("rb") as stream:
            key = base64.b64encode(os.urandom(16)).decode()
            opened.sendall(
                f"GET /api/live?channels={channels} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
            )
            _upgraded(opened, stream)
            # The gateway pings twice a minute, so silence means that it is gone.
            opened.settimeout(90)
            yield from _messages(opened, stream)


def _upgraded(opened: socket.socket, stream: io.BufferedReader) -> None:
    """Read the answer to the handshake. Raises Refusal."""
    status = stream.readline(1024).split(b" ", 2)
    headers = http.client.parse_headers(stream)
    if len(status) < 2 or status[1] != b"101":
        body = stream.read(min(int(headers.get("Content-Length") or 0), 65536))
        raise _refusal(int(status[1]) if len(status) > 1 and status[1].isdigit() else 0, body)


def _messages(opened: socket.socket, stream: io.BufferedReader) -> Iterator[bytes]:
    """The texts of a WebSocket's server side (RFC 6455); a server neither masks nor, here, fragments."""
    while True:
        try:
            head = stream.read(2)
            if len(head) < 2:
                return
            payload = stream.read(_length(head[1] & 0x7F, stream))
        except OSError as error:
            raise NotRunning(f"The gateway has stopped talking: {error}") from error
        kind = head[0] & 0x0F
        if kind == _TEXT:
            yield payload
        elif kind == _PING:
            opened.sendall(_control(_PONG, payload))
        elif kind == _CLOSE:
            with contextlib.suppress(OSError):
                opened.sendall(_control(_CLOSE, payload[:2]))
            return


def _length(short: int, stream: io.BufferedReader) -> int:
    if short < 126:
        return short
    length = int.from_bytes(stream.read(2 if short == 126 else 8))
    if length > _MOST_FRAME:
        raise NotRunning("What answers is not a gateway.")
    return length


def _control(kind: int, payload: bytes) -> bytes:
    mask = os.urandom(4)
    masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    return bytes((0x80 | kind, 0x80 | len(payload))) + mask + masked


def _refusal(status: int, body: bytes) -> Refusal:
    try:
        problem = msgspec.json.decode(body, type=_Problem)
    except msgspec.DecodeError:
        problem = _Problem()
    return Refusal(problem.detail or f"The gateway answered with status {status}.", problem.problems, problem.key)
