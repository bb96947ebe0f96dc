"""The C load generator: compiled on first use, run as its own process, its one JSON line read back."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import msgspec

from .figures import NotMeasured

_SOURCES = ("loadgen.c", "loadgen_link.h", "loadgen_base.h")


class Options(msgspec.Struct, frozen=True, omit_defaults=True):
    """What loadgen.c is asked to do; a value equal to its default is left to the program, whose defaults are these."""

    port: int
    publishers: int = 10
    subscribers: int = 1
    qos: int = 1
    subscriber_qos: int = 1
    window: int = 20
    size: int = 120
    """Smallest payload in bytes."""
    seconds: float = 5
    rate: float = 0
    """Messages a second over all publishers; 0: as fast as the windows allow."""
    count: int = 0
    """Stop after this many messages; 0: by time only."""
    patience_s: float = 5
    """How long to wait without progress for what is still on its way."""
    pid: int = 0
    """The process whose CPU time and memory are reported."""
    telemetry: int = 0
    """1: real telemetry by boot and seq; 0: raw JSON with a send time."""
    topic: str = "devices/%s/telemetry"
    prefix: str = "bench"
    credentials: str = ""
    """A file of `client user password` lines, one a publisher."""
    user: str = ""
    password: str = ""
    filter: str = ""

    def arguments(self) -> list[str]:
        """The command line."""
        words: list[str] = []
        for name, value in msgspec.to_builtins(self).items():
            words += [f"--{name}", str(value)]
        return words


class Latency(msgspec.Struct, frozen=True):
    """Of `count` samples, in ms."""

    count: int
    p50: float
    p99: float
    max: float


class Load(msgspec.Struct, frozen=True):
    """What one run measured. Rates count until the last message arrived, the drain included."""

    sent: int
    acked: int
    received: int
    missing: int
    """Acknowledged, but never seen by a subscriber."""
    duplicated: int
    out_of_order: int
    strangers: int
    """Deliveries this run had not sent."""
    held: int
    """Due by the fixed rate, but the window or the socket was full."""
    closed: int
    """Connections the broker ended."""
    load_s: float
    drain_s: float
    sent_per_s: float
    acked_per_s: float
    received_per_s: float
    cpu_s: float
    own_cpu_s: float
    peak_rss_mb: float
    rss_mb: float
    ack_ms: Latency | None = None
    delivery_ms: Latency | None = None

    @property
    def flaw(self) -> str:
        """What went wrong on the way, in words; empty when nothing did."""
        counts = {"missing": self.missing, "duplicated": self.duplicated, "out of order": self.out_of_order}
        counts |= {"not acknowledged": self.sent - self.acked if self.acked else 0, "connections lost": self.closed}
        return ", ".join(f"{count} {what}" for what, count in counts.items() if count)


def build(folder: Path) -> Path:
    """The compiled program in `folder`, compiling it there when its sources are new. Raises NotMeasured."""
    here = Path(__file__).parent
    digest = hashlib.sha256(b"".join((here / name).read_bytes() for name in _SOURCES)).hexdigest()[:12]
    program = folder / f"loadgen-{digest}"
    if program.exists():
        return program
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise NotMeasured("the load generator needs a C compiler: apt install gcc libc6-dev")
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = program.with_suffix(".new")
    built = subprocess.run(
        [compiler, "-O2", "-o", unfinished, here / "loadgen.c"], capture_output=True, text=True, check=False
    )
    if built.returncode:
        raise NotMeasured(f"the load generator does not compile (apt install gcc libc6-dev): {built.stderr[-500:]}")
    unfinished.rename(program)
    return program


def start(program: Path, options: Options) -> subprocess.Popen[bytes]:
    """The generator as a running process; `finish` reads its result."""
    return subprocess.Popen([program, *options.arguments()], stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def finish(process: subprocess.Popen[bytes]) -> Load:
    """Wait for the generator. Raises NotMeasured when it could not connect or subscribe."""
    output, errors = process.communicate()
    if process.returncode:
        raise NotMeasured(errors.decode().strip() or f"the load generator ended with status {process.returncode}")
    return msgspec.json.decode(output, type=Load)


def run(program: Path, options: Options) -> Load:
    """One whole run."""
    return finish(start(program, options))
