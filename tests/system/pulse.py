"""A PulseAudio of one's own, without a sound card: what is played into its null sink comes out of its microphone."""

from __future__ import annotations

import math
import os
import struct
import subprocess
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

RATE_HZ = 16_000


class Pulse:
    """A running server. `env` is for programs that are to use it."""

    def __init__(self, env: dict[str, str], process: subprocess.Popen[bytes]) -> None:
        self.env = env
        self._process = process

    def play(self, file: Path) -> subprocess.Popen[bytes]:
        """Start playing a WAV file into the null sink."""
        return subprocess.Popen(["paplay", "-d", "speaker", str(file)], env=self.env)

    def stop(self) -> None:
        """The sound system is gone."""
        self._process.terminate()
        self._process.wait(20)


@contextmanager
def pulse(folder: Path) -> Iterator[Pulse]:
    """The server, for as long as the context is open; its files are in `folder`, whose path must be short."""
    socket, home = folder / "pulse.sock", folder / "home"
    home.mkdir(mode=0o700)
    env = {
        **os.environ,
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "PULSE_RUNTIME_PATH": str(home / "pulse"),
        "PULSE_SERVER": f"unix:{socket}",
    }
    modules = [
        f"module-native-protocol-unix socket={socket} auth-anonymous=1",
        f"module-null-sink sink_name=speaker rate={RATE_HZ} channels=1 format=s16le",
        "module-remap-source source_name=microphone master=speaker.monitor",
    ]
    words = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--disable-shm=yes", "--use-pid-file=no"]
    for module in modules:
        words += ["-L", module]
    server = subprocess.Popen([*words, "--log-level=error"], env=env, stderr=subprocess.PIPE)
    try:
        _wait(server, env)
        for what, name in (("source", "microphone"), ("sink", "speaker")):
            subprocess.run(["pactl", f"set-default-{what}", name], env=env, check=True, timeout=20)
        yield Pulse(env, server)
    finally:
        server.terminate()
        server.communicate(timeout=20)


def _wait(server: subprocess.Popen[bytes], env: dict[str, str]) -> None:
    """Until it answers."""
    deadline = time.monotonic() + 20
    while subprocess.run(["pactl", "info"], env=env, capture_output=True, check=False, timeout=20).returncode:
        if server.poll() is not None or time.monotonic() > deadline:
            server.kill()
            assert server.stderr is not None
            raise AssertionError(f"pulseaudio did not start: {server.stderr.read().decode()}")
        time.sleep(0.05)


def tone(file: Path, hz: float, amplitude: float, seconds: float) -> Path:
    """A WAV file of 16 kHz with a tone; `amplitude` 1 is full scale."""
    samples = (
        round(32767 * amplitude * math.sin(2 * math.pi * hz * n / RATE_HZ)) for n in range(round(seconds * RATE_HZ))
    )
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return file
