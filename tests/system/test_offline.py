"""Offline means offline: the whole gateway, watched by the kernel, looks up no name and writes nowhere else."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.backends.inference.package import pack
from tests.backends.inference import toy

from .home_site import until

CLONE = Path(__file__).resolve().parents[2]
CALLS = "connect,sendto,sendmsg,sendmmsg,openat,open,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink"
_OPEN = re.compile(r'(?:openat\([^,]+, |open\(|creat\()"((?:[^"\\]|\\.)*)"[^)]*(?:O_WRONLY|O_RDWR|O_CREAT)')
_MADE = re.compile(r'\b(?:mkdir|mkdirat|rename\w*|link\w*|symlink\w*)\(.*"((?:[^"\\]|\\.)*)"')
_FAMILY = re.compile(r"sa_family=(AF_\w+)")
_PORT = re.compile(r"sin6?_port=htons\((\d+)\)")
_ADDRESS = re.compile(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"')
_SOCKET = re.compile(r'sun_path="([^"]+)"')
_JSON = "application/json"
SENTENCES = {
    "what's the temp in the bathroom?": "query",
    "open the bedroom window to 40 percent": "command",
    "If humidity in the bathroom is above 70 % for 10 minutes, run the fan for 20 minutes, but not at night": "rule",
    "how are my plants": "query",
    "why did the living room window open": "explain",
    "don't turn on the bathroom fan": "none",
    "xyzzy frobnicate the quux": "none",
}
"""And what kind each is: with nobody outside to ask."""
_NAME_PORTS = {"53", "853"}
_MULTICAST_DNS = {"224.0.0.251", "ff02::fb"}
"""The gateway says its own name to its network by mDNS; that asks nobody anything."""


def strangers(log: str, folder: Path) -> list[str]:
    """Calls in a trace that reached for a name, another machine, or a file that is none of ours."""
    found = []
    for line in log.splitlines():
        if "ENOENT" in line or ("resumed" in line and "(" not in line):
            continue
        if wrong := _reaches_out(line) or _writes_elsewhere(line, folder):
            found.append(f"{wrong}: {line}")
    return found


def _reaches_out(line: str) -> str:
    family = _FAMILY.search(line)
    if family is None:
        return ""
    path = _SOCKET.search(line)
    if path is not None:
        return "a name service" if re.search(r"nscd|resolve|avahi|dbus", path[1]) else ""
    port, address = _PORT.search(line), _ADDRESS.search(line)
    if port is None or address is None:
        return ""
    to = address[1] or address[2]
    if port[1] in _NAME_PORTS:
        return "a name look-up"
    local = to.startswith("127.") or to in ("::1", "0.0.0.0", "::", "::ffff:127.0.0.1") or to in _MULTICAST_DNS
    return "" if local else f"another machine, {to}"


def _writes_elsewhere(line: str, folder: Path) -> str:
    opened = _OPEN.search(line) or _MADE.search(line)
    if opened is None or " = -1 " in line:
        return ""
    path = opened[1]
    if not path.startswith("/"):
        return f"a file in the working directory, {path}" if not line.count("O_TMPFILE") else ""
    ours = path.startswith(f"{folder}/") or path == str(folder)
    return "" if ours or path.startswith("/dev/") or "/__pycache__" in path else f"a file, {path}"


LOOK_UP = '8 connect(9, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("10.0.0.1")}, 16) = 0'
ABROAD = '8 connect(9, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("20.1.2.3")}, 16) = -1 EINPROGRESS'
CACHE = '8 connect(9, {sa_family=AF_UNIX, sun_path="/var/run/nscd/socket"}, 110) = -1 ECONNREFUSED (x)'
HERE = '8 connect(9, {sa_family=AF_INET, sin_port=htons(8883), sin_addr=inet_addr("127.0.0.1")}, 16) = 0'
HOME_FILE = '8 openat(AT_FDCWD, "/home/somebody/.cache/x", O_WRONLY|O_CREAT|O_CLOEXEC, 0666) = 3'
OWN_FILE = '8 openat(AT_FDCWD, "/data/gateway.db", O_RDWR|O_CREAT|O_CLOEXEC, 0644) = 3'
READ_FILE = '8 openat(AT_FDCWD, "/etc/hosts", O_RDONLY|O_CLOEXEC) = 3'


@pytest.mark.parametrize("line", [LOOK_UP, ABROAD, CACHE, HOME_FILE])
def test_a_trace_of_something_strange_is_recognised(line: str) -> None:
    assert len(strangers(line, Path("/data"))) == 1


@pytest.mark.parametrize("line", [HERE, OWN_FILE, READ_FILE])
def test_what_belongs_to_the_gateway_is_not_strange(line: str) -> None:
    assert strangers(line, Path("/data")) == []


class Watched:
    """`gateway demo` under strace, with everything that it may write below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.trace = folder.parent / "trace"
        self.data = folder / "data"
        (folder / "home").mkdir(parents=True)
        (folder / "tmp").mkdir()
        environment = {name: value for name, value in os.environ.items() if name != "XDG_CACHE_HOME"}
        environment |= {"HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp"), "PYTHONUNBUFFERED": "1"}
        environment["GATEWAY_WINDOW__ASK_EVERY_S"] = "10"
        strace = ["strace", "-f", "--seccomp-bpf", "-qq", "-s", "400", "-e", f"trace={CALLS}"]
        gateway = [sys.executable, "-m", "gateway", "demo", "--data", str(self.data)]
        with (folder.parent / "said").open("wb") as said:
            self._process = subprocess.Popen(
                [*strace, "-o", str(self.trace), *gateway],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._said = folder.parent / "said"
        self._token = ""
        self._url = ""
        self._trust = ssl.create_default_context()
        self._trust.check_hostname = False
        self._trust.verify_mode = ssl.CERT_NONE  # loopback, and nothing secret is asked

    def said(self) -> str:
        return self._said.read_text(errors="replace")

    def open(self) -> None:
        """Wait until it welcomes, and be let in."""
        until(lambda: "sign-in?code=" in self.said() or self._process.poll() is not None, "its welcome", 90)
        assert self._process.poll() is None, self.said()
        words = ["token", "create", "--api", "--scope", "admin", "--json", "--data", str(self.data)]
        made = subprocess.run(
            [sys.executable, "-m", "gateway", *words], capture_output=True, text=True, timeout=60, check=True
        )
        self._token = json.loads(made.stdout)["token"]
        found = re.search(r"(https?://\S+)/sign-in", self.said())
        assert found is not None
        self._url = found[1]

    def ask(
        self, method: str, path: str, body: bytes | None = None, kind: str = "application/json"
    ) -> tuple[int, bytes]:
        """(status, answer)."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": kind}
        request = urllib.request.Request(self._url + path, body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60, context=self._trust) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def got(self, method: str, path: str, body: bytes | None = None, kind: str = _JSON) -> Any:
        """The answer of a request below /api that goes well."""
        status, said = self.ask(method, f"/api{path}", body, kind)
        assert status < 300, f"{method} {path}: {status} {said!r}"
        return json.loads(said or b"null")

    def models(self, device: str) -> set[str]:
        """Who has decided about a window of late."""
        return {decision["model"] for decision in self.got("GET", f"/decisions?device={device}")["decisions"]}

    def stop(self) -> None:
        """Ctrl-C, for the gateway and not for strace, which ends with it."""
        if self._process.poll() is None:
            for child in Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split():
                os.kill(int(child), signal.SIGTERM)
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    watched = Watched(tmp_path / "all")
    yield watched
    watched.stop()


def buffers_heard(watched: Watched) -> bool:
    """Whether sound of a node came as far as the audio model, or as its level where there is none."""
    found = re.findall(rb"^gateway_audio_buffers_total\{([^}]*)\} (\S+)$", watched.ask("GET", "/metrics")[1], re.M)
    return any(float(count) for _, count in found)


@pytest.mark.needs("strace")
@pytest.mark.timeout(400)
def test_the_demonstration_with_windows_models_and_sound_asks_no_name_and_writes_only_its_own_files(
    watched: Watched, tmp_path: Path
) -> None:
    watched.open()
    window = "living-room-window"
    until(lambda: watched.ask("GET", f"/api/devices/{window}")[0] == 200 and watched.models(window), "a decision", 120)
    watched.got("PATCH", f"/devices/{window}/shadow", b'{"desired":{"audio":true}}')
    status, said = watched.ask("POST", "/api/models/window/install", b"PK\x03\x04 nonsense", "application/zip")
    assert (status, json.loads(said)["reason"]) == (409, "corrupt")
    signer = {"name": "house", "key": base64.b64encode(toy.SIGNERS["house"]).decode()}
    watched.got("POST", "/signers", json.dumps(signer).encode())
    watched.got("POST", "/models/window/install", pack(toy.make(tmp_path / "toy", version=9001)), "application/zip")
    watched.got("POST", "/models/window/promote", b"{}")
    until(lambda: "window@9001" in watched.models(window), "the new model has decided", 60)
    until(lambda: buffers_heard(watched), "sound was heard", 60)
    watched.got("POST", f"/devices/{window}/override", b'{"position":40}')
    until(lambda: watched.got("GET", f"/devices/{window}/window")["lessons"] == 1, "something was learnt", 30)
    for sentence, kind in SENTENCES.items():
        said = watched.got("POST", "/chat", json.dumps({"text": sentence}).encode())
        assert (said["kind"], bool(said["reply"])) == (kind, True), said
    typed = [sys.executable, "-m", "gateway", "say", *list(SENTENCES)[:1], "--data", str(watched.data)]
    assert subprocess.run(typed, capture_output=True, timeout=60, check=True).stdout
    assert watched.got("GET", "/alerts")["muted_until_ms"] == 0
    assert watched.got("GET", "/channels")["channels"] == []
    assert not watched.got("GET", "/settings/llm")["enabled"]
    watched.stop()
    trace = watched.trace.read_text(errors="replace")
    assert trace.count("connect(") > 10
    assert "onnxruntime" in trace
    assert strangers(trace, watched.folder) == []
