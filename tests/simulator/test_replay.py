from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.core.codec import decode_telemetry
from gateway.core.errors import ConfigError
from gateway.core.messages import Sample
from gateway.simulator.connection import Address
from gateway.simulator.recording import BadRow, Row, read_rows
from gateway.simulator.replay import Account, Replay, boot_of
from gateway.simulator.tls import pinned_context

from .conftest import Certificates, Mosquitto

needs_mosquitto = pytest.mark.needs("mosquitto", "mosquitto_passwd", "mosquitto_sub")
APRIL = 1_396_310_400_000


def account(mosquitto: Mosquitto, password: str = "right") -> Account:
    return Account("pump-7", "node", password, Address("127.0.0.1", mosquitto.port))


@pytest.fixture
def sub(mosquitto: Mosquitto) -> Iterator[subprocess.Popen[str]]:
    """mosquitto_sub on the device's telemetry; a retained message says when it listens."""
    login = ["-h", "127.0.0.1", "-p", str(mosquitto.port), "-u", "node", "-P", "right"]
    subprocess.run(["mosquitto_pub", *login, "-t", "ready", "-m", "ready", "-r"], check=True)
    topics = ["-t", "devices/pump-7/telemetry", "-t", "ready"]
    process = subprocess.Popen(["mosquitto_sub", *login, "-q", "1", *topics], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    yield process
    process.terminate()
    process.wait()
    process.stdout.close()


def heard(sub: subprocess.Popen[str], count: int) -> list[Sample]:
    assert sub.stdout is not None
    samples: list[Sample] = []
    while len(samples) < count:
        samples += decode_telemetry(sub.stdout.readline().encode())
    return samples


@needs_mosquitto
async def test_every_row_arrives_once_in_order_and_bit_for_bit(
    mosquitto: Mosquitto, sub: subprocess.Popen[str]
) -> None:
    rows = [Row(n, n + 1, APRIL + n // 3, {"flow": n / 7, "power": -n * 1e-9}) for n in range(1, 1043)]
    outcome = await Replay(account(mosquitto), "replay-1", None, pytest.fail).run(rows, lambda: None)
    assert (outcome.sent, outcome.acknowledged, outcome.complete) == (1042, 1042, True)
    assert await asyncio.to_thread(heard, sub, 1042) == [
        Sample(row.values, row.time_ms, "replay-1", row.number) for row in rows
    ]


@needs_mosquitto
async def test_wide_rows_stay_below_the_largest_packet(mosquitto: Mosquitto, sub: subprocess.Popen[str]) -> None:
    wide = {f"a_metric_with_a_long_name_{number:02}": -1.2345678901234567e-300 for number in range(64)}
    rows = [Row(n, n + 1, APRIL, wide) for n in range(1, 101)]
    assert (await Replay(account(mosquitto), "b", None, pytest.fail).run(rows, lambda: None)).complete
    assert sub.stdout is not None
    first = await asyncio.to_thread(sub.stdout.readline)
    assert 32_000 < len(first) < 64_000


@needs_mosquitto
async def test_unreadable_rows_are_told_and_make_it_incomplete(mosquitto: Mosquitto) -> None:
    bad: list[BadRow] = []
    rows = [Row(1, 2, APRIL, {"flow": 1.0}), BadRow(3, "why"), Row(3, 4, APRIL, {"flow": 2.0})]
    outcome = await Replay(account(mosquitto), "b", None, bad.append).run(rows, lambda: None)
    assert (outcome.sent, outcome.acknowledged, outcome.unreadable) == (2, 2, 1)
    assert not outcome.complete
    assert bad == [BadRow(3, "why")]


@needs_mosquitto
async def test_over_tls(mosquitto: Mosquitto, certificates: Certificates) -> None:
    tls = pinned_context(certificates.ca_pem)
    over_tls = Account("pump-7", "node", "right", Address("127.0.0.1", mosquitto.tls_port), tls)
    rows = [Row(1, 2, APRIL, {"flow": 1.0})]
    assert (await Replay(over_tls, "b", None, pytest.fail).run(rows, lambda: None)).complete


@needs_mosquitto
async def test_wrong_credentials_end_it_with_the_reason(mosquitto: Mosquitto) -> None:
    rows = [Row(n, n, APRIL, {"flow": 1.0}) for n in range(1, 1000)]
    outcome = await Replay(account(mosquitto, "wrong"), "b", None, pytest.fail).run(rows, lambda: None)
    assert outcome.acknowledged == 0
    assert not outcome.complete
    assert "authorised" in outcome.failure


@needs_mosquitto
async def test_the_recorded_pace_is_kept_when_asked_for(mosquitto: Mosquitto) -> None:
    rows = [Row(n, n, APRIL + n * 60_000, {"flow": 1.0}) for n in range(1, 5)]
    loop = asyncio.get_running_loop()
    before = loop.time()
    await Replay(account(mosquitto), "b", 600.0, pytest.fail).run(rows, lambda: None)
    assert loop.time() - before >= 0.3  # three minutes, 600 times faster


@needs_mosquitto
async def test_a_file_that_breaks_halfway_is_an_error_and_nothing_is_left_behind(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"timestamp,value\n2014-04-01 00:00:00,1\n" * 1 + b"\xff\n" + b"x" * 200_000)
    with pytest.raises(ConfigError):
        await Replay(account(mosquitto), "b", None, lambda _: None).run(read_rows(path), lambda: None)


def test_the_boot_follows_from_content_device_and_metric(tmp_path: Path) -> None:
    first, second, other = tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "c.csv"
    first.write_text("timestamp,value\n1,1\n")
    second.write_text("timestamp,value\n1,1\n")
    other.write_text("timestamp,value\n1,2\n")
    boot = boot_of(first, "pump-7", "flow")
    assert boot == boot_of(second, "pump-7", "flow")
    assert len({boot, boot_of(other, "pump-7", "flow"), boot_of(first, "pump-8", "flow")}) == 3
    assert boot != boot_of(first, "pump-7", "power")
    assert json.dumps(boot)
    assert len(boot) <= 32
