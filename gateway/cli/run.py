"""`gateway run`: the gateway itself; what systemd starts."""

from __future__ import annotations

import argparse
import asyncio
import faulthandler
import logging
import os
import signal
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..backends import loop
from ..backends.supervisor import Supervisor, supervisor
from ..config.settings import Log, Settings
from ..core.errors import ConfigError, GatewayError

MISCONFIGURED = 78
"""Exit code (EX_CONFIG of sysexits.h) that keeps systemd from starting the gateway again: only a person can help."""
INSTALLED = Path("/etc/gateway/gateway.toml")
_log = logging.getLogger(__name__)


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "run",
        help="run the gateway",
        description="Run the gateway until a signal. The first start prints a one-time code: open the panel with it "
        "and choose a password. `gateway config example` shows every option.",
    )
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        default=_installed_config(os.environ),
        help=f"configuration (default: $GATEWAY_CONFIG, else {INSTALLED} if it is there, else every option's default)",
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        default=_data_folder(os.environ),
        help="everything the gateway keeps (default: $GATEWAY_DATA, systemd's $STATE_DIRECTORY or /var/lib/gateway)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run until SIGINT or SIGTERM."""
    from ..config.load import load
    from ..log.outputs import set_up

    watcher = supervisor(os.environ)
    watcher.starting("starting")
    try:
        settings = load(args.config, os.environ)
        log = settings.log
        set_up(log.level, log.format, levels=log.levels, extra=_log_file(log))
    except ConfigError as error:
        watcher.failed(f"{error}\nput it right, then: systemctl restart gateway")
        if not watcher.present:
            raise
        print("".join(f"<3>{line}\n" for line in str(error).splitlines()), end="", file=sys.stderr, flush=True)
        return MISCONFIGURED
    # The watchdog's SIGABRT then leaves in the log where every thread was.
    faulthandler.enable()
    try:
        return loop.run(_serve(settings, args.data, watcher))
    except GatewayError as error:
        watcher.failed(str(error))
        if not watcher.present:
            raise
        _log.critical("%s", error)
        return 1


async def _serve(settings: Settings, data: Path, watcher: Supervisor) -> int:
    from ..app import gateway
    from ..backends.cores import anywhere, keep_together

    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(initializer=anywhere))
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with gateway(settings, data, supervisor=watcher) as running:
        keep_together(running.threads)
        print(f"The gateway is running. Panel: {running.url}", flush=True)
        print(f"Its certificate authority (SHA-256): {running.ca_fingerprint}", flush=True)
        if running.accounts.owner.first_run:
            print(f"First start: open it and use this code: {running.accounts.owner.first_run_code()}", flush=True)
        await stop.wait()
    return 0


def _log_file(log: Log) -> list[logging.Handler]:
    if not log.file:
        return []
    from ..log.file import LogFile, to_file

    return [to_file(LogFile(Path(log.file), log.file_bytes, log.files_kept))]


def _installed_config(environ: Mapping[str, str]) -> Path | None:
    if named := environ.get("GATEWAY_CONFIG"):
        return Path(named)
    return INSTALLED if INSTALLED.exists() else None


def _data_folder(environ: Mapping[str, str]) -> Path:
    state = environ.get("STATE_DIRECTORY", "").partition(":")[0]
    return Path(environ.get("GATEWAY_DATA") or state or "/var/lib/gateway")
