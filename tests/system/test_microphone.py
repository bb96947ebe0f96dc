"""A tone through a real sound system: what the gateway hears is right within 1 dB."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.home_site import Home, until
from tests.system.pulse import Pulse, pulse, tone

pytestmark = pytest.mark.needs("pulseaudio", "paplay", "pactl")

LISTEN = """
import asyncio, json, sys
from gateway.backends.inference.audio import AudioModel
from gateway.backends.inference.bundled import bundled_models
from gateway.backends.microphone import Microphone, MicrophoneSettings

ear = AudioModel.open(bundled_models() / "audio")

def heard(pcm):
    features = ear.features(pcm)
    said = {"level": features.level_dbfs, "centroid": features.centroid_hz, "bytes": len(pcm)}
    print(json.dumps(said), flush=True)

async def main():
    microphone = Microphone(MicrophoneSettings(device=sys.argv[1]), heard)
    running = asyncio.create_task(microphone.run())
    done, _ = await asyncio.wait([running], timeout=float(sys.argv[2]))
    await microphone.close()
    await running

asyncio.run(main())
"""


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pulse]:
    with pulse(tmp_path_factory.mktemp("p")) as running:
        yield running


async def listen(server: Pulse, seconds: float, device: str = "") -> tuple[list[dict[str, float]], str, int]:
    """What a process of its own hears: its buffers, its complaints and its exit code."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LISTEN, device, str(seconds), env=server.env, cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), seconds + 60)
    assert process.returncode is not None
    return [json.loads(line) for line in out.splitlines()], err.decode(), process.returncode


@pytest.mark.parametrize(("amplitude", "dbfs"), [(0.5, -9.03), (0.05, -29.03)])
async def test_a_tones_level_is_right_within_a_decibel(
    server: Pulse, tmp_path: Path, amplitude: float, dbfs: float
) -> None:
    playing = server.play(tone(tmp_path / "tone.wav", 1000, amplitude, 30))
    try:
        buffers, errors, code = await listen(server, 7)
    finally:
        playing.kill()
        playing.wait()
    assert code == 0, errors
    assert {buffer["bytes"] for buffer in buffers} == {64_000}
    # The first buffer may begin before the stream does.
    assert len(buffers[1:]) >= 1
    for buffer in buffers[1:]:
        assert buffer["level"] == pytest.approx(dbfs, abs=1.0)
        assert buffer["centroid"] == pytest.approx(1000, rel=0.05)


async def test_silence_is_heard_as_silence(server: Pulse) -> None:
    buffers, errors, code = await listen(server, 5)
    assert code == 0, errors
    assert buffers
    assert {buffer["level"] for buffer in buffers} == {-96.0}


async def test_a_microphone_that_is_not_there_is_named(server: Pulse) -> None:
    buffers, errors, code = await listen(server, 5, "no-such-microphone")
    assert (buffers, code) == ([], 1)
    assert "MicrophoneFailed: the microphone no-such-microphone cannot be used" in errors


async def test_a_sound_system_that_dies_is_noticed(server: Pulse) -> None:
    listening = asyncio.create_task(listen(server, 40))
    await asyncio.sleep(6)
    await asyncio.to_thread(server.stop)
    buffers, errors, code = await listening
    assert buffers
    assert code == 1
    assert "MicrophoneFailed: the microphone" in errors


class Gateway:
    """`gateway run` on a machine that has this microphone."""

    def __init__(self, folder: Path, server: Pulse) -> None:
        self.home = Home(folder, "[audio]\noffset_db = 100.0\n[microphone]\nenabled = true\n")
        self._server = server

    def __enter__(self) -> Home:
        with pytest.MonkeyPatch.context() as patch:
            for name in ("HOME", "XDG_RUNTIME_DIR", "PULSE_RUNTIME_PATH", "PULSE_SERVER"):
                patch.setenv(name, self._server.env[name])
            return self.home.open()

    def __exit__(self, *_: object) -> None:
        assert self.home.server is not None
        assert self.home.server.stop() == 0, self.home.server.output()


def test_a_whole_gateway_hears_its_own_microphone(server: Pulse, tmp_path: Path) -> None:
    playing = server.play(tone(tmp_path / "tone.wav", 1000, 0.5, 90))
    try:
        with Gateway(tmp_path / "gateway", server) as home:
            (own,) = home.got("GET", "/devices")["devices"]
            assert own["name"] == "This gateway"

            def levels() -> list[float]:
                path = f"/devices/{own['id']}/history?metric=sound_level"
                return [reading["value"] for reading in home.got("GET", path)["readings"]]

            until(lambda: len(levels()) >= 3, "three buffers are heard")
            # -9.03 dBFS and the offset. The first may begin before the stream does.
            assert levels()[1:] == pytest.approx([90.97] * (len(levels()) - 1), abs=1.0)
            assert not (home.data / "recordings").exists()
            assert home.got("GET", "/health")["parts"]["sounds"]["ok"]
    finally:
        playing.kill()
        playing.wait()


def test_a_gateway_without_a_microphone_to_hear_runs_on_and_says_so(server: Pulse, tmp_path: Path) -> None:
    server.stop()
    with Gateway(tmp_path / "gateway", server) as home:
        until(lambda: not home.got("GET", "/health")["parts"]["microphone"]["ok"], "health says so")
        assert home.server is not None
        assert "the default microphone cannot be used" in home.server.output()
        assert home.got("GET", "/devices")["devices"][0]["name"] == "This gateway"
