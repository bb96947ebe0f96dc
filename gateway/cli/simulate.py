"""`gateway simulate`: simulated nodes that register and connect like any node."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

from ..core.errors import ConfigError
from ..simulator.enrol import Api
from ..simulator.fleet import Fleet, FleetSettings
from ..simulator.play.play import Play, Stage
from ..simulator.play.scenario_files import load, names
from ..simulator.play.script import Script, ailments, lived_in, sensor_faults
from ..simulator.reluctance import parse
from ..simulator.site import Site, demo_site, load_site
from ..simulator.trust import api_for

_EPILOG = """
Each node registers over the gateway's API with an enrolment token, connects over TLS with its own credentials and is
marked SIMULATED everywhere. The token needs one use for each node and may also stand in GATEWAY_TOKEN:

  gateway token create --enrol --uses 8
  gateway simulate --gateway https://127.0.0.1:8443 --token TOKEN
  gateway simulate --gateway https://127.0.0.1:8443 --token TOKEN --scenario backlog --seed 7

A scenario is a name (--list) or a TOML file. Endless ones run until they are stopped. The others make things go wrong,
then ask the gateway over its public API what it made of them and print a verdict, which is byte for byte the same for
the same seed; exit status 1: it did not pass. They use new nodes each time, so that nothing an earlier run left counts.

With --furnish the site's zones, rooms, plants and machines are made in the gateway, too, and its nodes put to them;
what is there already stays as it is. That takes an API token in GATEWAY_API_TOKEN:

  GATEWAY_API_TOKEN=$(gateway token create --api --scope operate) gateway simulate --furnish …

--orders fail=0.1,ignore=0.05,slow=3 makes nodes fail a tenth of their commands, never answer a twentieth and wait
three seconds before they obey.

For endless scenarios: what nodes remember (credentials, orders, configuration) is kept in --state, so that the same
nodes come back. The same --seed makes the
same nodes, and the same values at the same world time. --speed 60 lets an hour of the world pass each minute: the days
run faster, the timestamps of the readings and the intervals between them stay real.
"""


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "simulate",
        help="simulated nodes against a gateway, and scenarios with a verdict",
        description="Run the nodes of a simulated site against a gateway, until interrupted or to a verdict.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--list", action="store_true", help="the scenarios that come with the gateway, and exit")
    parser.add_argument("--gateway", metavar="URL", help="the gateway's address")
    parser.add_argument("--token", metavar="T", help="enrolment token (default: $GATEWAY_TOKEN)")
    parser.add_argument(
        "--nodes", type=int, metavar="N", help="how many (default: the site's); more are climate sensors"
    )
    parser.add_argument("--site", type=Path, metavar="FILE", help="site file (default: the demonstration site)")
    parser.add_argument("--scenario", default="calm", metavar="FILE|NAME", help="what happens (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="which world and which nodes (default 1)")
    parser.add_argument("--speed", type=float, metavar="X", help="how fast the world runs (default 1; endless only)")
    parser.add_argument("--furnish", action="store_true", help="also make the site's places (endless only)")
    parser.add_argument("--orders", default="", metavar="HOW", help="how badly nodes obey (endless only)")
    parser.add_argument("--interval", type=float, metavar="SECONDS", help="between readings (default: the site's)")
    parser.add_argument(
        "--state",
        type=Path,
        default=Path(".data/simulator"),
        metavar="DIR",
        help="nodes' memory (default: %(default)s)",
    )
    trust = parser.add_mutually_exclusive_group()
    trust.add_argument("--ca", type=Path, metavar="FILE", help="the gateway's CA; not needed on loopback")
    trust.add_argument("--insecure-first-use", action="store_true", help="believe the CA the gateway shows")
    parser.add_argument("--with-parent", action="store_true", help="also end when standard input ends")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Simulate until a signal or to the verdict; 1 when the gateway refused every node, or did not pass."""
    if args.list:
        return _list(args.json)
    if not args.gateway:
        raise ConfigError("--gateway URL is needed: against which gateway?")
    if args.interval is not None and args.interval < 0.05:
        raise ConfigError("--interval must be at least 0.05")
    script = load(args.scenario)
    site = load_site(args.site) if args.site else demo_site()
    api = api_for(args.gateway, args.ca, args.insecure_first_use)
    token = args.token or os.environ.get("GATEWAY_TOKEN") or None
    if not script.endless:
        return _play(args, script, site, api, token)
    site = lived_in(script, site)
    settings = FleetSettings(
        site=site,
        state=args.state,
        token=token,
        nodes=args.nodes,
        seed=args.seed,
        speed=1.0 if args.speed is None else args.speed,
        interval_s=args.interval,
        faults={device.id: sensor_faults(script, device) for device in site.devices},
        ailments=partial(ailments, script, site),
        reluctance=parse(args.orders, args.seed),
        api_token=_api_token() if args.furnish else None,
    )
    fleet = Fleet(settings, api, _now_ms, random.Random(), _json_line if args.json else _line)
    return asyncio.run(_until_told(fleet, args.with_parent))


def _api_token() -> str:
    token = os.environ.get("GATEWAY_API_TOKEN")
    if not token:
        raise ConfigError("--furnish needs an API token with scope operate in GATEWAY_API_TOKEN")
    return token


def _list(as_json: bool) -> int:
    for script in map(load, names()):
        verdict = not script.endless
        if as_json:
            print(json.dumps({"name": script.name, "description": script.description, "verdict": verdict}))
        else:
            print(f"{script.name:14} {script.description}")
    return 0


def _play(args: argparse.Namespace, script: Script, site: Site, api: Api, token: str | None) -> int:
    """Play a scenario to its end; the verdict goes to standard output, everything else to standard error."""
    if args.speed is not None:
        raise ConfigError("--speed is for endless scenarios; this one says its own in its file")
    if args.furnish or args.orders:
        raise ConfigError("--furnish and --orders are for endless scenarios")
    if args.interval is not None:
        script = msgspec.structs.replace(script, fleet=msgspec.structs.replace(script.fleet, interval_s=args.interval))
    stage = Stage(api, token, _now_ms, lambda text: print(text, file=sys.stderr, flush=True), _bar())
    verdict = asyncio.run(Play(script, site, args.seed, stage, args.nodes).run())
    print(verdict.json() if args.json else verdict.text())
    return 0 if verdict.passed else 1


def _bar() -> Callable[[float], None]:
    """A progress bar on a terminal."""
    if not sys.stderr.isatty():
        return lambda part: None

    def show(part: float) -> None:
        end = "\n" if part >= 1.0 else ""
        print(f"\r[{'#' * round(30 * part):30}] {part:4.0%}", end=end, file=sys.stderr, flush=True)

    return show


async def _until_told(fleet: Fleet, with_parent: bool) -> int:
    loop = asyncio.get_running_loop()
    living = asyncio.create_task(fleet.run())

    def stop() -> None:
        living.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    if with_parent:
        await loop.connect_read_pipe(lambda: _Parent(stop), sys.stdin)
    try:
        await living
    except asyncio.CancelledError:
        return 0
    return 1


class _Parent(asyncio.Protocol):
    """Notices that whoever holds the other end of standard input is gone."""

    def __init__(self, gone: Callable[[], None]) -> None:
        self._gone = gone

    def connection_lost(self, error: Exception | None) -> None:
        self._gone()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _line(node: str, state: str, detail: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {node:22} {state}{': ' if detail else ''}{detail}", flush=True)


def _json_line(node: str, state: str, detail: str) -> None:
    print(json.dumps({"time_ms": _now_ms(), "device": node, "state": state, "detail": detail}), flush=True)
