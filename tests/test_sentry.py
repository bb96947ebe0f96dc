"""Sentry: only when configured, nothing of the house in it, and never in anybody's way."""

from __future__ import annotations

import gzip
import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from gateway.core.errors import ConfigError
from gateway.sentry import CREDENTIAL, Reporting, configured

ROOT = Path(__file__).parents[1]
_log = logging.getLogger("gateway.somewhere")


class FakeSentry:
    """Speaks as much of the envelope protocol as a client needs, and keeps what came."""

    def __init__(self) -> None:
        self.envelopes: list[bytes] = []
        kept = self.envelopes

        class Endpoint(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                kept.append(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
                answer = b'{"id":"x"}'
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        self.dsn = f"http://write@127.0.0.1:{self._server.server_port}/7"

    def events(self) -> list[dict[str, Any]]:
        """What came, decoded: of each envelope its first item."""
        return [json.loads(envelope.split(b"\n")[2]) for envelope in self.envelopes]

    def await_events(self, count: int) -> list[dict[str, Any]]:
        deadline = time.monotonic() + 30
        while len(self.envelopes) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.events()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def fake() -> Iterator[FakeSentry]:
    served = FakeSentry()
    yield served
    served.close()


def fail(secret: str) -> None:
    """An error of the gateway with everything in it that must not leave the house."""
    try:
        try:
            raise KeyError(f"payload of {secret}")
        except KeyError as error:
            raise ValueError(f"token={secret}") from error
    except ValueError:
        _log.exception("a message on %s could not be judged", f"devices/{secret}/telemetry")


async def test_an_error_arrives_with_its_place_and_nothing_of_the_house(fake: FakeSentry) -> None:
    reporting = Reporting(fake.dsn, "1.2.3")
    fail("bedroom-of-jane")
    _log.warning("only a warning")
    (event,) = fake.await_events(1)
    await reporting.close()
    assert event["logentry"] == {"message": "a message on %s could not be judged"}
    assert (event["level"], event["release"]) == ("error", "1.2.3")
    kinds = [value["type"] for value in event["exception"]["values"]]
    assert kinds == ["KeyError", "ValueError"]
    frame = event["exception"]["values"][-1]["stacktrace"]["frames"][-1]
    assert (frame["function"], frame["module"]) == ("fail", __name__)
    sent = b"".join(fake.envelopes).decode()
    assert [
        private for private in ("bedroom-of-jane", str(ROOT), "only a warning", "abs_path") if private in sent
    ] == []
    assert event.get("server_name", "") == ""
    assert not event.keys() & {"user", "request", "breadcrumbs", "modules", "extra"}


async def test_the_same_error_is_told_once_an_hour_and_a_flood_is_cut(fake: FakeSentry) -> None:
    now_s = [0.0]
    reporting = Reporting(fake.dsn, "1", lambda: now_s[0])
    for _ in range(5):
        _log.error("the same")
    for number in range(100):
        logging.getLogger(f"gateway.part{number}").error("each another")
    now_s[0] = 3700.0
    _log.error("the same")
    await reporting.close()
    told = [event["logger"] for event in fake.events()]
    assert len(told) == 11
    assert told.count("gateway.somewhere") == 2


async def test_after_closing_nothing_is_told(fake: FakeSentry) -> None:
    await Reporting(fake.dsn, "1").close()
    _log.error("too late")
    assert fake.envelopes == []


async def test_a_sentry_that_is_not_there_delays_nobody_and_makes_no_noise(capfd: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        reporting = Reporting(f"http://write@127.0.0.1:{nobody.getsockname()[1]}/7", "1")
        before = threading.active_count()
        for number in range(200):
            logging.getLogger(f"gateway.part{number}").error("each another")
        assert threading.active_count() <= before + 1
        await reporting.close()
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("dsn", ["https://sentry.example/1", "nonsense", "https://key@host/"])
def test_what_is_no_dsn_is_a_configuration_error_that_does_not_repeat_it(dsn: str) -> None:
    with pytest.raises(ConfigError, match=r"sentry\.dsn is not a DSN") as caught:
        Reporting(dsn, "1")
    assert dsn not in str(caught.value)


def test_the_configuration_goes_before_the_credential(tmp_path: Path) -> None:
    (tmp_path / CREDENTIAL).write_text("https://key@host/1\n")
    with_credential = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert configured("", with_credential) == "https://key@host/1"
    assert configured("https://own@host/2", with_credential) == "https://own@host/2"
    assert configured("", {}) == configured("", {"CREDENTIALS_DIRECTORY": str(tmp_path / "none")}) == ""


def python(script: str) -> str:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout.strip()


def test_the_library_is_not_imported_while_nothing_is_configured() -> None:
    assert python("import sys, gateway.app, gateway.sentry; print('sentry_sdk' in sys.modules)") == "False"


def test_without_the_library_a_dsn_is_an_error_that_says_what_to_install() -> None:
    script = (
        "import sys; sys.modules['sentry_sdk'] = None\n"
        "from gateway.core.errors import ConfigError\nfrom gateway.sentry import Reporting\n"
        "try:\n    Reporting('https://key@host/1', '1')\nexcept ConfigError as error:\n    print(error)"
    )
    assert "pip install 'edge-gateway[sentry]'" in python(script)


def test_a_gateway_with_a_dsn_starts_and_tells_of_its_end(tmp_path: Path, fake: FakeSentry) -> None:
    script = (
        "import asyncio, logging, pathlib, sys\n"
        "from gateway.app import gateway\nfrom gateway.config.load import parse\n"
        'text = \'\'\'[mqtt]\nbind = ["127.0.0.1"]\ntls_port = 0\nlocal_port = 0\n[panel]\nbind = ["127.0.0.1"]\n'
        "https_port = 0\nhttp_port = 0\n[announce]\nmdns = false\n'''\n"
        "async def main():\n"
        "    settings, problems = parse(text, {'GATEWAY_SENTRY__DSN': sys.argv[2]})\n"
        "    assert not problems\n"
        "    async with gateway(settings, pathlib.Path(sys.argv[1])):\n"
        "        logging.getLogger('gateway.test').error('it broke')\n"
        "asyncio.run(main())\n"
    )
    words = [sys.executable, "-c", script, str(tmp_path), fake.dsn]
    subprocess.run(words, check=True, cwd=ROOT, timeout=90, env={**os.environ, "CREDENTIALS_DIRECTORY": ""})
    assert [event["logentry"]["message"] for event in fake.await_events(1)] == ["it broke"]
