"""The servers under measurement, started as a user starts them: Mosquitto, `gateway broker`, `gateway run`."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from .figures import NotMeasured

_PAGE_BYTES = os.sysconf("SC_PAGESIZE")


class Server:
    """A running server process; leaving its `with` block stops it."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self.log = log
        self.port = 0
        """MQTT without TLS, on 127.0.0.1."""

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Process id."""
        return self.process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def rss_mb(self) -> float:
        """Resident memory now."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * _PAGE_BYTES / 2**20

    def cpu_s(self) -> float:
        """Processor time used so far, all threads, to the nanosecond."""
        # Linux gives every process a clock of its own: the scheduler's, whose number is made from the process id.
        return time.clock_gettime(~self.pid << 3 | 2)

    def open_files(self) -> int:
        """Open file descriptors now."""
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    def stop(self, patience_s: float = 15) -> int:
        """Ask it to stop, then kill it; its exit status."""
        if self.alive:
            self.process.send_signal(signal.SIGTERM)
            try:
                return self.process.wait(patience_s)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.process.wait()

    def kill(self) -> None:
        """A power cut, as far as a process can have one."""
        self.process.kill()
        self.process.wait()

    def output(self) -> str:
        """What it printed so far."""
        return self.log.read_text(errors="replace")


def free_port() -> int:
    """A TCP port of 127.0.0.1 that is free, and that no other process is handed by this function while this one lives.

    Below those the kernel gives to outgoing connections: a server that is down for a moment finds its port again,
    and a client that knocks meanwhile cannot meet itself.
    """
    while True:
        port = random.randrange(20_000, 32_000)
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        with socket.socket() as probe, contextlib.suppress(OSError):
            claim.bind(f"\0gateway-bench-port-{port}")  # a name, not a file: it goes with the process
            probe.bind(("127.0.0.1", port))
            claim.detach()  # stays open: it keeps the port for this process
            return port
        claim.close()


def spawn(command: Sequence[str | Path], log: Path) -> Server:
    """The command as a server that prints into `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=environment
        )
    return Server(process, log)


def gateway_command(*words: str) -> list[str]:
    """How a user starts the gateway, with this very interpreter."""
    return [sys.executable, "-m", "gateway", *words]


def wait_until(ready: Callable[[], bool], server: Server, patience_s: float = 30) -> None:
    """Until `ready`; NotMeasured with the server's last words when it ends or takes too long."""
    deadline = time.monotonic() + patience_s
    while not ready():
        if not server.alive or time.monotonic() > deadline:
            server.stop()
            raise NotMeasured(f"{server.log.stem} did not start: {server.output()[-600:].strip()}")
        time.sleep(0.005)


def accepts(port: int) -> bool:
    """Whether somebody listens on the port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def start_mosquitto(folder: Path, *lines: str) -> Server:
    """Debian's Mosquitto on a free port, anonymous, without a queue limit, plus these configuration lines."""
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        raise NotMeasured("the peer is missing: apt install mosquitto")
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    owner = ["user root"] if os.geteuid() == 0 else []
    settings = [f"listener {port} 127.0.0.1", "allow_anonymous true", "max_queued_messages 0", *owner, *lines]
    configuration = folder / "mosquitto.conf"
    configuration.write_text("\n".join(settings) + "\n")
    server = spawn([program, "-c", configuration], folder / "mosquitto.log")
    server.port = port
    wait_until(lambda: accepts(port), server)
    return server


def start_broker(folder: Path, *, durable: bool = False, port: int = 0) -> Server:
    """`gateway broker` on a free port, keeping what it keeps in `folder`."""
    words = ["broker", "--port", str(port), "--data", str(folder / "data")]
    server = spawn(gateway_command(*words, *(["--durable"] if durable else [])), folder / "broker.log")
    wait_until(lambda: announced(server), server)
    return server


def announced(server: Server) -> bool:
    """Whether it has printed where it listens; its `port` is then that."""
    for line in server.output().splitlines(keepends=True):
        _, said, address = line.partition("listening on ")
        if said and line.endswith("\n"):
            server.port = int(address.rsplit(":", 1)[1])
            return True
    return False
