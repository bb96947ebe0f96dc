"""`gateway simulate` and `gateway replay` as a person calls them."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.bench.processes import free_port

from .conftest import FakeGateway, Mosquitto

pytestmark = pytest.mark.needs("mosquitto", "mosquitto_passwd")
GATEWAY = [sys.executable, "-W", "error", "-m", "gateway"]
CSV = "timestamp,value\n2014-04-01 00:00:00,1.25\n2014-04-01 00:00:00,2.5\n"


@contextlib.contextmanager
def simulate(gateway: FakeGateway, state: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*GATEWAY, "simulate", "--gateway", gateway.url, "--state", str(state), "--interval", "1", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "GATEWAY_TOKEN": "good"},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def read_until(process: subprocess.Popen[str], state: str, count: int) -> list[str]:
    assert process.stdout is not None
    lines: list[str] = []
    while sum(state in line for line in lines) < count:
        line = process.stdout.readline()
        if not line:
            pytest.fail(f"it ended: {lines} {process.stderr.read() if process.stderr else ''}")
        lines.append(line)
    return lines


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_simulate_takes_the_token_from_the_environment_and_ends_well_on_a_signal(
    fake_gateway: FakeGateway, tmp_path: Path, number: signal.Signals
) -> None:
    with simulate(fake_gateway, tmp_path, "--nodes", "2") as process:
        lines = read_until(process, "online", 2)
        assert "living-room-window" in "".join(lines)
        process.send_signal(number)
        output, errors = process.communicate(timeout=20)
    assert process.returncode == 0
    assert errors == ""
    assert output.count("stopped") == 2
    assert {request["token"] for request in fake_gateway.requests} == {"good"}


def test_simulate_with_parent_ends_when_its_standard_input_does(fake_gateway: FakeGateway, tmp_path: Path) -> None:
    with simulate(fake_gateway, tmp_path, "--nodes", "1", "--with-parent", "--json") as process:
        lines = read_until(process, "online", 1)
        assert json.loads(lines[-1])["device"] == "living-room-window"
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(20) == 0


def test_simulate_without_with_parent_does_not_care_about_its_standard_input(
    fake_gateway: FakeGateway, tmp_path: Path
) -> None:
    with simulate(fake_gateway, tmp_path, "--nodes", "1") as process:
        assert process.stdin is not None
        process.stdin.close()
        read_until(process, "online", 1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_simulate_fails_when_every_node_is_refused(fake_gateway: FakeGateway, tmp_path: Path) -> None:
    with simulate(fake_gateway, tmp_path, "--nodes", "2", "--token", "bad") as process:
        output, _ = process.communicate(timeout=20)
    assert process.returncode == 1
    assert output.count("refused: there is no valid enrolment token") == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--scenario", "storm"], "there is no scenario 'storm'; there are ailing, backlog, brown-out, calm"),
        (["--nodes", "0"], "number of nodes"),
        (["--speed", "0"], "speed"),
        (["--interval", "0"], "--interval"),
        (["--site", "/no/such/file"], "No such file"),
    ],
)
def test_simulate_says_what_is_wrong(fake_gateway: FakeGateway, tmp_path: Path, words: list[str], said: str) -> None:
    with simulate(fake_gateway, tmp_path, *words) as process:
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert said in errors
    assert "Traceback" not in errors


def replay(folder: Path, text: str, port: int, *words: str) -> subprocess.CompletedProcess[str]:
    file, password = folder / "recording.csv", folder / "password"
    file.write_text(text)
    password.write_text("right\n")
    return subprocess.run(
        [*GATEWAY, "replay", str(file), "--device", "node", "--port", str(port), "--password-file", password, *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_replay_sends_a_file_and_sums_up(mosquitto: Mosquitto, tmp_path: Path) -> None:
    result = replay(tmp_path, CSV, mosquitto.port)
    assert result.returncode == 0, result.stderr
    assert "2 sent, 2 acknowledged, 0 refused" in result.stdout
    summary = json.loads(replay(tmp_path, CSV, mosquitto.port, "--json").stdout)
    assert (summary["sent"], summary["acknowledged"], summary["refused"], summary["failure"]) == (2, 2, 0, "")


def test_replay_names_unreadable_rows_and_fails(mosquitto: Mosquitto, tmp_path: Path) -> None:
    result = replay(tmp_path, CSV + "2014-04-01 00:00:01,high\n", mosquitto.port)
    assert result.returncode == 1
    assert result.stderr == "line 4: 'high' is not a number\n"
    assert "2 sent, 2 acknowledged, 1 refused" in result.stdout


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        (CSV, ["--device", "Not An Id"], "an id is 3 to 40"),
        (CSV, ["--speed", "-1"], "--speed"),
        (CSV, ["--metric", "Load %"], "cannot be a metric"),
        ("timestamp,value\n", [], "no readable row"),
        (CSV, ["--host", "192.0.2.1"], "over TLS only"),
        (CSV, ["--password-file", "/no/such/file"], "/no/such/file"),
    ],
)
def test_replay_says_what_is_wrong(
    mosquitto: Mosquitto, tmp_path: Path, text: str, words: list[str], said: str
) -> None:
    result = replay(tmp_path, text, mosquitto.port, *words)
    assert result.returncode == 1
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_replay_fails_when_nothing_is_acknowledged(tmp_path: Path) -> None:
    (tmp_path / "wrong").write_text("wrong")
    result = replay(tmp_path, CSV, free_port())
    assert result.returncode == 1
    assert "ended early" in result.stderr


def test_replay_without_a_gateway_says_so(tmp_path: Path) -> None:
    file = tmp_path / "recording.csv"
    file.write_text(CSV)
    words = ["replay", str(file), "--device", "node", "--data", str(tmp_path / "none")]
    result = subprocess.run([*GATEWAY, *words], capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 1
    assert "No gateway is running" in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--orders", "fail=2"], "fail is 0 to 1"),
        (["--furnish"], "GATEWAY_API_TOKEN"),
        (["--scenario", "flap", "--furnish"], "endless scenarios"),
    ],
)
def test_simulate_says_what_its_house_lacks(
    fake_gateway: FakeGateway, tmp_path: Path, words: list[str], said: str
) -> None:
    with simulate(fake_gateway, tmp_path, *words) as process:
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert said in errors
