"""Logging: lines for people and for machines, folded repeats, and no secrets."""

from __future__ import annotations

import io
import json
import logging
import os
import pty
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.core.errors import ConfigError
from gateway.flow.correlation import correlated
from gateway.log.file import LogFile, to_file
from gateway.log.folding import Folding
from gateway.log.levels import Levels
from gateway.log.lines import JsonLines, ReadableLines
from gateway.log.masking import without_secrets
from gateway.log.outputs import set_up
from tests.fakes import START_MS, FixedClock


@pytest.fixture
def logging_restored() -> Iterator[None]:
    root, own = logging.getLogger(), logging.getLogger("gateway")
    before = root.handlers[:], root.level, own.level
    yield
    root.handlers[:], _, _ = before
    root.setLevel(before[1])
    own.setLevel(before[2])
    logging.captureWarnings(False)


def record(message: str, level: int = logging.INFO, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("gateway.flow.ingest", level, "", 0, message, None, None)
    made.created = 1767787200.1234
    made.__dict__.update(extra)
    return made


def failing() -> logging.LogRecord:
    try:
        raise ValueError("token=abcdef123")
    except ValueError:
        made = record("it failed", logging.ERROR)
        made.exc_info = sys.exc_info()
        return made


def test_a_json_line_has_time_level_logger_message_and_correlation() -> None:
    with correlated("c-17"):
        line = JsonLines().format(record("two\nlines"))
    assert "\n" not in line
    assert json.loads(line) == {
        "time": "2026-01-07T12:00:00.123Z",
        "level": "info",
        "logger": "gateway.flow.ingest",
        "message": "two\nlines",
        "correlation": "c-17",
    }


def test_in_the_journal_a_line_begins_with_its_priority(
    logging_restored: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with (tmp_path / "journal").open("w+") as stream:
        file = os.fstat(stream.fileno())
        for named, begins in {f"{file.st_dev}:{file.st_ino}": "<4>{", f"{file.st_dev}:1": "{"}.items():
            monkeypatch.setenv("JOURNAL_STREAM", named)
            set_up("info", "auto", stream)
            logging.getLogger("gateway").warning("a warning for %s", named)
            stream.seek(0)
            assert stream.read().splitlines()[-1].startswith(begins + '"time"')


def test_correlation_may_come_with_the_record_and_ends_with_its_block() -> None:
    with correlated("outer"):
        assert json.loads(JsonLines().format(record("x", correlation="own")))["correlation"] == "own"
    assert "correlation" not in json.loads(JsonLines().format(record("x")))


def test_a_traceback_is_inside_the_json_line_and_below_the_readable_one() -> None:
    line = json.loads(JsonLines().format(failing()))
    assert "ValueError" in line["error"]
    readable = ReadableLines(coloured=False).format(failing()).splitlines()
    assert readable[0].endswith("it failed  (flow.ingest)")
    assert readable[1].startswith("Traceback")


def test_secrets_are_masked_also_in_tracebacks() -> None:
    assert "abcdef" not in JsonLines().format(failing())
    assert "abcdef" not in ReadableLines(coloured=True).format(failing())


@pytest.mark.parametrize(
    "text",
    [
        "password=hunter2secret",
        "{'mqtt_password': 'hunter2secret'}",
        '{"token":"hunter2secret"}',
        "Authorization: Bearer hunter2secret",
        "Authorization: Basic aHVudGVyMnNlY3JldA==",
        "GET /#code=hunter2secret HTTP/1.1",
        "POST https://api.telegram.org/bot123456789:AAhunter2_hunter2-hunter2hunter2hu/sendMessage timed out",
        "the token 123456789:AAhunter2_hunter2-hunter2hunter2hu is not taken",
        "https://discord.com/api/webhooks/1234/hunter2-hunter2 answered 404",
        "key sk-proj-hunter2hunter2",
        "{'x-api-key': 'hunter2hunter2'}",
        "got A1bcdefghijklmnopqrstuvwxyz0123456789_-hunter2"[:47],
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str) -> None:
    assert "hunt" not in without_secrets(text)
    assert "aHVu" not in without_secrets(text)


@pytest.mark.parametrize(
    "text",
    [
        "device a1b2-livingroom-window sent 48 readings",
        "exit code 3; 64 hex digits 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "/home/someone/edge-gateway/gateway/backends/broker/router.py",
        "robot12 at 12:30:05, 2026-01-07T12:00:00.000Z, mac aa:bb:cc:dd:ee:01, task-1 risk-free-of-charge",
        "telegram/42 is at message 12345678:open",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert without_secrets(text) == text


def test_what_a_node_writes_cannot_control_a_terminal() -> None:
    line = ReadableLines(coloured=False).format(record("from a node: \x1b[2J\r\nINFO forged"))
    assert line.isprintable()
    assert r"\x1b[2J\x0d\x0aINFO forged" in line


def test_a_terminal_gets_readable_coloured_lines_and_a_pipe_gets_json(logging_restored: None) -> None:
    main, terminal = pty.openpty()
    with os.fdopen(terminal, "w") as stream:
        set_up("info", "auto", stream)
        logging.getLogger("gateway.app").warning("hello")
        shown = os.read(main, 1000).decode()
    os.close(main)
    assert shown.startswith("\x1b[33m")
    assert "hello" in shown
    piped = io.StringIO()
    set_up("info", "auto", piped)
    logging.getLogger("gateway.app").warning("hello")
    assert json.loads(piped.getvalue())["message"] == "hello"


def test_libraries_are_heard_from_warning_on_whatever_our_level(logging_restored: None) -> None:
    out = io.StringIO()
    set_up("debug", "json", out)
    for name in ("gateway.flow.bus", "amqtt.broker", "zeroconf", "aiohttp.access", "transitions.core"):
        logging.getLogger(name).debug("%s whispers", name)
        logging.getLogger(name).warning("%s warns", name)
    told = [json.loads(line)["message"] for line in out.getvalue().splitlines()]
    assert [text for text in told if "whispers" in text] == ["gateway.flow.bus whispers"]
    assert len([text for text in told if "warns" in text]) == 5


def test_a_log_that_cannot_be_written_harms_nobody(logging_restored: None, capsys: pytest.CaptureFixture[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    stream = os.fdopen(writer, "w", buffering=1)
    set_up("info", "json", stream)
    logging.getLogger("gateway.app").error("into a closed pipe")
    with pytest.raises(BrokenPipeError):
        stream.close()
    assert capsys.readouterr().err == ""


class Tape:
    """A handler's worth of lines, and a clock moved by hand."""

    def __init__(self, limit: int = 256) -> None:
        self.now_s = 0.0
        self.lines: list[str] = []
        self._folding = Folding(self._say, lambda: self.now_s, window_s=60.0, limit=limit)
        self._say_later: Callable[[logging.LogRecord], object] = self._say

    def _say(self, said: logging.LogRecord) -> None:
        if self._folding.filter(said):
            self.lines.append(said.getMessage())

    log = _say


def test_a_repeated_warning_is_said_once_and_then_counted() -> None:
    tape = Tape()
    for _ in range(100):
        tape.log(record("disk slow", logging.WARNING))
    tape.log(record("another", logging.WARNING))
    assert tape.lines == ["disk slow", "another"]
    tape.now_s = 61.0
    tape.log(record("anything"))
    assert tape.lines[2:] == ["disk slow (came 99 more times)", "anything"]
    tape.log(record("disk slow", logging.WARNING))
    assert tape.lines[4:] == ["disk slow"]


def test_information_is_never_folded() -> None:
    tape = Tape()
    for _ in range(3):
        tape.log(record("started"))
    assert tape.lines == ["started"] * 3


def test_folding_remembers_only_so_many() -> None:
    tape = Tape(limit=2)
    for name in ("a", "a", "b", "c", "d", "e"):
        tape.log(record(name, logging.WARNING))
    assert tape.lines == ["a", "b", "c", "a (came 1 more times)", "d", "e"]


def test_a_part_may_say_more_or_less_than_the_rest(logging_restored: None) -> None:
    out = io.StringIO()
    set_up("info", "json", out, levels=["gateway.quiet=error", "gateway.chatty=debug"])
    try:
        for name in ("gateway.quiet.inner", "gateway.chatty.inner", "gateway.other"):
            logging.getLogger(name).debug("%s details", name)
            logging.getLogger(name).warning("%s warns", name)
    finally:
        for name in ("gateway.quiet", "gateway.chatty"):
            logging.getLogger(name).setLevel(logging.NOTSET)
    told = [json.loads(line)["message"] for line in out.getvalue().splitlines()]
    assert told == ["gateway.chatty.inner details", "gateway.chatty.inner warns", "gateway.other warns"]


def test_a_file_gets_json_lines_and_is_begun_anew_when_it_is_full(logging_restored: None, tmp_path: Path) -> None:
    path = tmp_path / "gateway.log"
    set_up("info", "text", io.StringIO(), extra=[to_file(LogFile(path, 2000, 2))])
    for number in range(100):
        logging.getLogger("gateway").info("line %d of many", number)
    logging.getLogger().handlers[-1].close()
    assert json.loads(path.read_text().splitlines()[-1])["message"] == "line 99 of many"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["gateway.log", "gateway.log.1", "gateway.log.2"]
    assert all(file.stat().st_size <= 2000 for file in tmp_path.iterdir())


def test_a_file_that_cannot_be_written_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"log\.file .*cannot be written"):
        to_file(LogFile(tmp_path / "none" / "x.log", 2000, 2))


class Later:
    """Calls back when told to."""

    def __init__(self) -> None:
        self.waiting: list[tuple[float, Callable[[], None]]] = []

    def __call__(self, delay_s: float, call: Callable[[], None]) -> Later:
        self.waiting.append((delay_s, call))
        return self

    def cancel(self) -> None:
        """The test looks at what is waiting itself."""


def test_a_level_changed_for_a_while_falls_back_by_itself(logging_restored: None) -> None:
    set_up("info", "json", io.StringIO())
    later = Later()
    levels = Levels(later, FixedClock())
    levels.change("gateway.part", "debug", 10)
    levels.change("gateway.part", "error", 20)
    assert logging.getLogger("gateway.part").level == logging.ERROR
    assert [(one.logger, one.level, one.until_ms) for one in levels.changes()] == [
        ("gateway.part", "error", START_MS + 1_200_000)
    ]
    assert [delay_s for delay_s, _ in later.waiting] == [600, 1200]
    later.waiting[-1][1]()
    assert logging.getLogger("gateway.part").level == logging.NOTSET
    assert levels.changes() == []
    assert levels.level() == "info"
