"""A small Debian machine with a real systemd as its first process, for as long as a test needs it.

`systemd-nspawn` boots a root folder that is nothing but this machine's own /usr and an empty /etc: up in a second,
without a download, and its systemd is the one that is installed here. It has its own network with a loopback only.
The gateway is the one under test, at the place where an installation has it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import psutil

CLONE = Path(__file__).resolve().parents[2]
UNITS = CLONE / "systemd"
PATIENCE_S = 60.0
_CAPABILITIES = {"CAP_SYS_ADMIN": 21, "CAP_NET_ADMIN": 12, "CAP_SYS_PTRACE": 19, "CAP_MKNOD": 27}

# A shared Python finds its library beside it, also where the unit hides the folder it was built for.
_PYTHON = """\
#!/bin/sh
export LD_LIBRARY_PATH={base}/lib PYTHONPATH=/opt/gateway/source:/opt/gateway/site-packages
exec {base}/bin/python{version} "$@"
"""
_GATEWAY = """\
#!/bin/sh
exec /opt/gateway/bin/python -m gateway "$@"
"""


class NoMachine(Exception):
    """systemd-nspawn cannot boot anything here; the text says why."""


class Machine:
    """The booted machine; leaving its `with` block turns it off."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self._console = folder / "console.log"
        self._name = f"gateway-{uuid.uuid4().hex[:8]}"
        self._nspawn: subprocess.Popen[bytes] | None = None
        self._first = 0
        _furnish(self.root)

    def __enter__(self) -> Machine:
        try:
            self._boot()
        except BaseException:
            self.turn_off()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.turn_off()

    def run(self, *words: str, user: str = "", check: bool = True) -> str:
        """What a command prints (both streams) that runs in the machine. Fails the test when the command fails."""
        made = subprocess.run(
            [
                *self._inside(),
                *(["setpriv", "--reuid", user, "--regid", user, "--init-groups"] if user else []),
                *words,
            ],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            env={"PATH": "/usr/sbin:/usr/bin", "SYSTEMD_COLORS": "0", "LC_ALL": "C.UTF-8"},
            check=False,
        )
        said = made.stdout + made.stderr
        assert not check or made.returncode == 0, f"{' '.join(words)} gave {made.returncode}: {said[-3000:]}"
        return said

    def beside(self, *words: str) -> str:
        """What a program of the machine under the machine prints, with this one's network only."""
        command = ["nsenter", "-t", str(self._first), "-n", *words]
        made = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, cwd=CLONE, check=False)
        assert made.returncode == 0, (made.stdout + made.stderr)[-3000:]
        return made.stdout

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """A file in the machine, its folders included."""
        place = self.root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        place.chmod(mode)

    def show(self, unit: str, *properties: str) -> dict[str, str]:
        """Properties of a unit as systemd knows them."""
        lines = self.run("systemctl", "show", unit, *(f"-p{name}" for name in properties)).splitlines()
        return dict(line.split("=", 1) for line in lines)

    def outside_pid(self, inside: int) -> int:
        """A process of the machine by the number it has here."""
        for process in psutil.Process(self._first).children(recursive=True):
            status = Path(f"/proc/{process.pid}/status").read_text()
            numbers = next(line for line in status.splitlines() if line.startswith("NSpid:")).split()[1:]
            if int(numbers[-1]) == inside:
                return int(process.pid)
        raise AssertionError(f"the machine has no process {inside}")

    def console(self) -> str:
        """What nspawn and systemd said."""
        return self._console.read_text(errors="replace")

    def turn_off(self) -> None:
        """Power off; nothing of it is left running."""
        if self._nspawn is not None:
            with contextlib.suppress(ProcessLookupError):
                if self._first:
                    os.kill(self._first, signal.SIGRTMIN + 4)
            try:
                self._nspawn.wait(20)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self._first or self._nspawn.pid, signal.SIGKILL)
                self._nspawn.kill()
                self._nspawn.wait()
        for place in _cgroups(self._name):
            for folder in sorted(place.rglob("*"), reverse=True):
                if folder.is_dir():
                    with contextlib.suppress(OSError):
                        folder.rmdir()
            with contextlib.suppress(OSError):
                place.rmdir()

    def _boot(self) -> None:
        binds = [f"--bind-ro={source}:{place}" for source, place in _installed().items()]
        supervised = Path("/run/systemd/system").exists()
        command = [
            *("systemd-nspawn", "--quiet", f"--directory={self.root}", f"--machine={self._name}", "--register=no"),
            *("--private-network", "--resolv-conf=off", "--timezone=off", "--link-journal=no", "--console=pipe"),
            *([] if supervised else ["--keep-unit"]),
            # As on a machine of its own: systemd says who opens which device, and anybody may read the clock's state.
            *("--system-call-filter=bpf adjtimex clock_adjtime", "--capability=CAP_BPF"),
            *("--bind-ro=/usr", *binds, "--boot"),
        ]
        # A group of its own: two machines side by side would otherwise each think it is the other.
        join = "".join(f"mkdir {place}; echo $$ >{place}/cgroup.procs; " for place in _cgroups(self._name))
        with self._console.open("wb") as console:
            self._nspawn = subprocess.Popen(
                ["sh", "-c", f'{"" if supervised else join}exec "$@"', "sh", *command],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1", "PATH": "/usr/sbin:/usr/bin"},
            )
        wait_until(self._up, "the machine boots")

    def _up(self) -> bool:
        assert self._nspawn is not None
        if self._nspawn.poll() is not None:
            raise NoMachine(self.console().strip()[-500:] or f"systemd-nspawn ended with {self._nspawn.returncode}")
        children = psutil.Process(self._nspawn.pid).children()
        if not children:
            return False
        self._first = children[0].pid
        state = self.run("systemctl", "is-system-running", check=False).strip()
        return state in ("running", "degraded")

    def _inside(self) -> list[str]:
        return ["nsenter", "-t", str(self._first), "-m", "-u", "-i", "-n", "-p", "-r", "-w"]


def wait_until(condition: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    """Until it holds; fails the test when it takes too long."""
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, f"waited {patience_s:.0f} s in vain: {what}"
        time.sleep(0.05)


def why_not() -> str:
    """Why no machine can be booted here; empty when one can be tried."""
    if os.geteuid():
        return "needs root, to boot a machine with systemd-nspawn"
    missing = [name for name in ("bin", "lib", "sbin") if not Path("/", name).is_symlink()]
    if missing:
        return f"needs a merged /usr: {', '.join(missing)} of this machine is a folder of its own"
    if lacking := [name for name, bit in _CAPABILITIES.items() if not _capabilities() >> bit & 1]:
        return f"needs a privileged container; this one lacks {', '.join(lacking)}"
    tried = subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False)
    if tried.returncode:
        return f"may not mount anything here: {tried.stderr.decode().strip()}"
    return ""


def _capabilities() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1], 16) for line in lines if line.startswith("CapEff:"))


def _furnish(root: Path) -> None:
    for name in ("usr", "var", "tmp", "run", "proc", "sys", "dev", "root", "home", "etc/sysusers.d", "opt/gateway/bin"):
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / "tmp").chmod(0o1777)
    for name in ("bin", "sbin", "lib", "lib64"):
        if Path("/", name).exists():
            (root / name).symlink_to(Path("usr", name))
    etc = root / "etc"
    (etc / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (etc / "group").write_text("root:x:0:\n")
    (etc / "machine-id").write_text(f"{uuid.uuid4().hex}\n")  # there: not the first boot, so nothing is enabled
    shutil.copy("/usr/lib/os-release", etc / "os-release")
    (etc / "systemd/system").mkdir(parents=True)
    shutil.copy(UNITS / "gateway.service", etc / "systemd/system")
    shutil.copy(UNITS / "gateway.sysusers.conf", etc / "sysusers.d/gateway.conf")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    python = _PYTHON.format(base="/opt/python" if _moved() else _base(), version=version)
    for name, text in {"python": python, "gateway": _GATEWAY}.items():
        script = root / "opt/gateway/bin" / name
        script.write_text(text)
        script.chmod(0o755)


def _installed() -> dict[Path, str]:
    """What of this machine is shown to the other one beside /usr, and where."""
    shown = {
        CLONE / "gateway": "/opt/gateway/source/gateway",
        Path(sysconfig.get_path("purelib")): "/opt/gateway/site-packages",
    }
    return {**shown, _base(): "/opt/python"} if _moved() else shown


def _base() -> Path:
    return Path(sys.base_prefix).resolve()


def _moved() -> bool:
    """Whether /usr does not hold this Python; it may then be in a home, which the unit must not see."""
    return not _base().is_relative_to("/usr")


def _cgroups(name: str) -> list[Path]:
    """Where nspawn keeps account of processes, on kernels with either kind of control groups or both."""
    found: list[Path] = []
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers in ("", "name=systemd"):
            places = [Path("/sys/fs/cgroup", sub) for sub in (("", "unified") if not controllers else ("systemd",))]
            found += [p / path.lstrip("/") / name for p in places if (p / path.lstrip("/") / "cgroup.procs").exists()]
    return found
