"""`gateway demo`: the whole gateway and a simulated site, on this machine only."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import TYPE_CHECKING

from ..backends import loop

if TYPE_CHECKING:
    from ..config.settings import Settings
    from ..running import Running

_TOKEN_USES = 100
_TOKEN_MINUTES = 60.0
_PAUSE_S = 3.0
_FURNISHER = "Simulated house"


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "demo",
        help="run it with a simulated site, on this machine only",
        description="The whole gateway with a simulated house, on loopback, every value marked SIMULATED. Needs no "
        "hardware, no internet and no set-up; what it learns stays in --data for the next start.",
    )
    parser.add_argument("--data", type=Path, default=Path(".data/demo"), metavar="DIR", help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="which house (default 1)")
    parser.add_argument("--speed", type=float, default=1.0, metavar="X", help="how fast its world runs (default 1)")
    parser.add_argument(
        "--scenario",
        default="calm",
        choices=("calm", "ailing", "damp-bathroom"),
        help="what happens in it; ailing: sensors fail after a few minutes, a pump later; damp-bathroom: showers again "
        "and again, for rules (default %(default)s)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run until SIGINT or SIGTERM."""
    from ..log.outputs import set_up

    set_up("warning", "auto")
    return loop.run(_serve(args))


async def _serve(args: argparse.Namespace) -> int:
    from ..app import gateway

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with gateway(_settings(), args.data, demo=True) as running:
        simulation = asyncio.create_task(_simulate(args, running))
        print(_welcome(running), flush=True)
        await stop.wait()
        simulation.cancel()
        await asyncio.gather(simulation, return_exceptions=True)
    print("Stopped. Everything is kept; start again any time.")
    return 0


def _settings() -> Settings:
    """Loopback only, on the usual ports where they are free, where the house is. The environment still counts."""
    from ..config.load import load
    from ..config.settings import Settings
    from ..simulator.site import demo_site

    usual = Settings()
    ports = {
        "MQTT__TLS_PORT": usual.mqtt.tls_port,
        "MQTT__LOCAL_PORT": usual.mqtt.local_port,
        "PANEL__HTTPS_PORT": usual.panel.https_port,
        "PANEL__HTTP_PORT": usual.panel.http_port,
    }
    own = {f"GATEWAY_{name}": str(port if _free(port) else 0) for name, port in ports.items()}
    own |= {"GATEWAY_MQTT__BIND": "127.0.0.1", "GATEWAY_PANEL__BIND": "127.0.0.1"}
    site = demo_site().site
    own["GATEWAY_SITE__TIMEZONE"] = site.time_zone
    own["GATEWAY_SITE__LATITUDE"] = str(site.climate.latitude_deg)
    own["GATEWAY_SITE__LONGITUDE"] = str(site.climate.longitude_deg)
    return load(None, {**own, **os.environ})


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _welcome(running: Running) -> str:
    code = running.accounts.owner.one_time_code(minutes=_TOKEN_MINUTES)
    return f"""
  The gateway is running with a simulated house. Everything you see is SIMULATED.

  Open the panel (this link signs you in once):
    {running.url}/sign-in?code={code}

  MQTT over TLS: 127.0.0.1:{running.tls_port}    MQTT on this machine: 127.0.0.1:{running.local_port}
  Another link: {_command()} token create --sign-in    Stop: Ctrl-C
"""


def _command() -> str:
    """How this very command was called, so that what is printed can be typed."""
    called = sys.argv[0]
    return "gateway" if called.endswith(".py") else called


async def _simulate(args: argparse.Namespace, running: Running) -> None:
    """Keep the simulated house running as a process of its own, like the real nodes it stands for."""
    while True:
        token = await running.registry.enrolment.create(uses=_TOKEN_USES, minutes=_TOKEN_MINUTES)
        child = await _start(args, running.url, token, await _api_token(running))
        try:
            await child.wait()
        finally:
            if child.returncode is None:
                child.terminate()
                await child.wait()
        print("The simulated house has stopped; it starts again.", file=sys.stderr)
        await asyncio.sleep(_PAUSE_S)


async def _api_token(running: Running) -> str:
    """For furnishing the house; the one of an earlier start ends."""
    from ..core.access import Scope

    tokens = running.accounts.api_tokens
    for old in tokens.all():
        if old.name == _FURNISHER:
            await tokens.delete(old.id)
    _, secret = await tokens.create(Scope.OPERATE, _FURNISHER)
    return secret


async def _start(args: argparse.Namespace, url: str, token: str, api_token: str) -> Process:
    # Its standard input is ours to hold: when this process dies, however it dies, the simulation ends too.
    words = ["simulate", "--gateway", url, "--with-parent", "--state", str(args.data / "simulator")]
    words += ["--seed", str(args.seed), "--speed", str(args.speed), "--scenario", args.scenario]
    words.append("--furnish")
    environment = {**os.environ, "GATEWAY_TOKEN": token, "GATEWAY_API_TOKEN": api_token}
    quiet = asyncio.subprocess.DEVNULL
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", *words, stdin=PIPE, stdout=quiet, env=environment
    )
