"""Telling a Sentry of the gateway's own mistakes: only when its address (a DSN) is configured.

What is sent: the words of an error as they stand in the code, without what was filled in; where it happened, as
module, function and line; the kinds of the exceptions, without their texts; the gateway's version. No measured value,
message, name, address or path, and no host name. It runs in a thread of its own behind a short queue: a Sentry that
cannot be reached costs nothing and nobody hears of it.
"""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .core.errors import ConfigError
from .log.masking import without_secrets

if TYPE_CHECKING:
    from sentry_sdk import Client
    from sentry_sdk.types import Event

_log = logging.getLogger(__name__)
CREDENTIAL = "sentry_dsn"
"""The name of the systemd credential."""
_BURST = 10
_EVERY_S = 60.0
_SAME_EVERY_S = 3600.0
_REMEMBERED = 256
_QUEUE = 20
_CAUSES = 5
_CHARS = 200
_FRAMES = 50
_CLOSE_S = 1.0
_ITS_OWN = ("sentry_sdk", "urllib3")


def configured(dsn: str, environ: Mapping[str, str]) -> str:
    """The DSN of the configuration, else of systemd's credential; empty when there is none."""
    folder = environ.get("CREDENTIALS_DIRECTORY")
    if dsn or not folder:
        return dsn
    try:
        return (Path(folder) / CREDENTIAL).read_text(encoding="utf-8").strip()
    except OSError:
        return ""


class Reporting:
    """Errors of this process go to the Sentry of `dsn`, until `close`.

    Raises ConfigError when the library is not installed or the DSN is none.
    """

    def __init__(self, dsn: str, version: str, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._client = _client(dsn, version)
        self._handler = _Handler(self._client, _Quota(clock_s))
        self._silenced = [(logging.getLogger(name), logging.getLogger(name).level) for name in _ITS_OWN]
        for logger, _ in self._silenced:
            logger.setLevel(logging.CRITICAL)
        logging.getLogger().addHandler(self._handler)
        _log.info("errors are told to the Sentry at %s", urlsplit(dsn).hostname)

    async def close(self) -> None:
        """Send what waits, for a moment."""
        logging.getLogger().removeHandler(self._handler)
        await asyncio.to_thread(self._client.close, timeout=_CLOSE_S)
        for logger, level in self._silenced:
            logger.setLevel(level)


def _client(dsn: str, version: str) -> Client:
    try:
        import sentry_sdk
        from sentry_sdk.utils import BadDsn
    except ImportError as error:
        raise ConfigError(
            "sentry.dsn is set, but sentry-sdk is not installed: pip install 'edge-gateway[sentry]', or leave it empty"
        ) from error
    try:
        return sentry_sdk.Client(
            dsn=dsn,
            release=version,
            environment="gateway",
            server_name="",
            default_integrations=False,
            auto_enabling_integrations=False,
            auto_session_tracking=False,
            send_client_reports=False,
            include_local_variables=False,
            include_source_context=False,
            max_breadcrumbs=0,
            transport_queue_size=_QUEUE,
            before_send=lambda event, hint: event,
        )
    except BadDsn as error:
        raise ConfigError("sentry.dsn is not a DSN: one looks like https://KEY@HOST/PROJECT") from error


class _Quota:
    """So many at once, then one a minute, and the same one once an hour."""

    def __init__(self, clock_s: Callable[[], float]) -> None:
        self._clock_s = clock_s
        self._left = float(_BURST)
        self._since_s = clock_s()
        self._seen: dict[tuple[str, str, int], float] = {}

    def take(self, key: tuple[str, str, int]) -> bool:
        """Whether this one may be sent."""
        now_s = self._clock_s()
        self._left = min(_BURST, self._left + (now_s - self._since_s) / _EVERY_S)
        self._since_s = now_s
        if now_s < self._seen.get(key, now_s) or self._left < 1:
            return False
        self._left -= 1
        while len(self._seen) >= _REMEMBERED:
            del self._seen[next(iter(self._seen))]
        self._seen[key] = now_s + _SAME_EVERY_S
        return True


class _Handler(logging.Handler):
    """From a line of the log to an event, stripped of everything that is not the gateway's own."""

    def __init__(self, client: Client, quota: _Quota) -> None:
        super().__init__(logging.ERROR)
        self._client = client
        self._quota = quota

    def emit(self, record: logging.LogRecord) -> None:
        """Hand it to the queue, which drops what is too much."""
        if record.name.partition(".")[0] in _ITS_OWN:
            return
        try:
            if self._quota.take((record.name, str(record.msg), record.lineno)):
                self._client.capture_event(_event(record))
        except Exception:  # noqa: BLE001 - telling of a mistake must not make another one
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Nobody hears of it: the log has the error itself."""


def _event(record: logging.LogRecord) -> Event:
    # `args` stay here: they are what nodes and people said.
    event: Event = {
        "level": "fatal" if record.levelno >= logging.CRITICAL else "error",
        "logger": record.name,
        "logentry": {"message": without_secrets(str(record.msg).partition("\n")[0][:_CHARS])},
        "tags": {"where": f"{record.module}:{record.lineno}"},
    }
    if record.exc_info and record.exc_info[1] is not None:
        event["exception"] = {"values": _causes(record.exc_info[1])}
    return event


def _causes(error: BaseException) -> list[dict[str, object]]:
    """The exception and what caused it, the cause first, as Sentry wants it."""
    values: list[dict[str, object]] = []
    cause: BaseException | None = error
    while cause is not None and len(values) < _CAUSES:
        kind = type(cause)
        values.append(
            {"type": kind.__name__, "module": kind.__module__, "stacktrace": {"frames": _frames(cause.__traceback__)}}
        )
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return values[::-1]


def _frames(trace: TracebackType | None) -> list[dict[str, object]]:
    return [
        {"module": frame.f_globals.get("__name__", ""), "function": frame.f_code.co_qualname, "lineno": line}
        for frame, line in list(traceback.walk_tb(trace))[-_FRAMES:]
    ]
