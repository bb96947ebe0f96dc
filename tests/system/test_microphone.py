"""A tone through a real sound system: what the gateway hears is right within 1 dB."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

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
    await (await asyncio.create_subprocess_exec("pactl", "exit", env=server.env)).wait()
    buffers, errors, code = await listening
    assert buffers
    assert code == 1
    assert "MicrophoneFailed: the microphone" in errors
