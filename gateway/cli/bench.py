"""`gateway bench`: measured figures beside a peer in the same run."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from ..bench.figures import Report
from ..core.errors import ConfigError

_EPILOG = """
ingest     what the broker delivers and the whole path stores a second, and how long it takes, beside Mosquitto
footprint  seconds to start, memory when idle and with 200 nodes over TLS, overload, 200 nodes coming back
wear       bytes that days of 20 nodes write to the disk, by the kernel's count, and bytes a stored value takes
quality    faults of sensors in months of simulated life: how many the quality gate finds, how soon, how often it errs
history    a day, a month and a year out of ten million readings while others arrive; a start with them after a kill
command    from the call of the API to the node that has the command, durable on the way, beside this disk's fsync
live       what 20 browsers that follow 200 nodes cost the gateway, and what one more that is stalled does
cost       what a reading costs the processor, beside a path that only stores it
devices    the list of 500 devices with places and newest values, while readings arrive
control    from a reading of a window node to the position it is told, with 200 nodes connected
inference  what a decision and a buffer of sound cost, how large the models are, the memory all of it takes
window     a simulated year of a room: hours outside comfort under the model, the teacher, a thermostat, and nobody
alerts     the memory that a Telegram bot takes, when it is on and when it is off; from a reading to the message
language   sentences with what they mean: right ones, wrong orders; what reading one and loading the grammar costs;
           10 000 sentences that nobody would say; with --corpus DIR those of a folder (default: the clone's)
rules      300 rules at 500 readings/s, 8000 as fast as they go, a month of 20 nodes rehearsed, a reading to its command
anomaly    faults in weeks of simulated houses: told as one episode, how soon, how often for nothing; with --sets DIR
           also the public boards (DIR holds nab*, skab* and cmapss* as they are published)

Every figure with a bar says whether it holds; the exit status is 1 when one does not. Peers come from Debian
(apt install mosquitto gcc libc6-dev) and paho-mqtt (pip install paho-mqtt); what is missing is named and its
figures are reported as not measured. Run it on an otherwise idle machine, on the disk the gateway will use.
"""


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "bench",
        help="measure this machine: throughput, latency, memory, start-up, wear, history, rules, sentences",
        description="Measure the gateway on this machine, as a user would start it.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", choices=[*_BENCHES, "anomaly", "language"], help="which figures")
    parser.add_argument("--quick", action="store_true", help="under a minute, every figure, less exact")
    parser.add_argument("--json", action="store_true", help="one line of JSON instead of a table")
    parser.add_argument(
        "--data", type=Path, default=Path(".data/bench"), help="where it works (default: %(default)s); emptied after"
    )
    parser.add_argument("--sets", type=Path, metavar="DIR", help="public data sets (anomaly only; default: without)")
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="sentences (language only; default: the clone's)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Measure, print, and say by the exit status whether every figure holds."""
    if args.sets is not None and (args.name != "anomaly" or not args.sets.is_dir()):
        raise ConfigError("--sets is for the anomaly bench, and names a folder that is there")
    if args.corpus is not None and (args.name != "language" or not args.corpus.is_dir()):
        raise ConfigError("--corpus is for the language bench, and names a folder that is there")
    cache: Path = args.data
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache.resolve(), prefix="run-") as folder:
        report = _measured(args, Path(folder))
    print(report.json().decode() if args.json else report.text(), flush=True)
    return 0 if report.holds else 1


def _measured(args: argparse.Namespace, folder: Path) -> Report:
    if args.name == "anomaly":
        return _anomaly(args.quick, args.sets)
    if args.name == "language":
        return _language(args.quick, args.corpus)
    return _BENCHES[args.name](folder, args.quick)


def _ingest(folder: Path, quick: bool) -> Report:
    from ..bench import ingest

    return ingest.Ingest(folder, ingest.QUICK if quick else ingest.FULL).run()


def _footprint(folder: Path, quick: bool) -> Report:
    from ..bench import footprint

    return footprint.Footprint(folder, footprint.QUICK if quick else footprint.FULL).run()


def _wear(folder: Path, quick: bool) -> Report:
    from ..bench import wear

    return wear.Wear(folder, wear.QUICK if quick else wear.FULL).run()


def _history(folder: Path, quick: bool) -> Report:
    from ..bench import history

    return history.History(folder, history.QUICK if quick else history.FULL).run()


def _quality(folder: Path, quick: bool) -> Report:
    from ..bench import quality

    return quality.run(quality.QUICK if quick else quality.FULL)


def _command(folder: Path, quick: bool) -> Report:
    from ..bench import command

    return command.Command(folder, command.QUICK if quick else command.FULL).run()


def _live(folder: Path, quick: bool) -> Report:
    from ..bench import live

    return live.Live(folder, live.QUICK if quick else live.FULL).run()


def _cost(folder: Path, quick: bool) -> Report:
    from ..bench import cost

    return cost.Cost(folder, cost.QUICK if quick else cost.FULL).run()


def _devices(folder: Path, quick: bool) -> Report:
    from ..bench import devices

    return devices.Devices(folder, devices.QUICK if quick else devices.FULL).run()


def _control(folder: Path, quick: bool) -> Report:
    from ..bench import control

    return control.Control(folder, control.QUICK if quick else control.FULL).run()


def _inference(folder: Path, quick: bool) -> Report:
    from ..bench import inference

    return inference.Inference(folder, inference.QUICK if quick else inference.FULL).run()


def _window(folder: Path, quick: bool) -> Report:
    from ..bench import window

    return window.run(window.QUICK if quick else window.FULL)


def _rules(folder: Path, quick: bool) -> Report:
    from ..bench import rules

    return rules.Rules(folder, rules.QUICK if quick else rules.FULL).run()


def _alerts(folder: Path, quick: bool) -> Report:
    from ..bench import alerts

    return alerts.Alerts(folder, alerts.QUICK if quick else alerts.FULL).run()


def _anomaly(quick: bool, sets: Path | None) -> Report:
    from ..bench import anomaly

    return anomaly.run(anomaly.QUICK if quick else anomaly.FULL, sets)


def _language(quick: bool, corpus: Path | None) -> Report:
    from ..bench import language

    return language.Language(language.QUICK if quick else language.FULL, corpus or language.CORPUS).run()


_BENCHES: dict[str, Callable[[Path, bool], Report]] = {
    "ingest": _ingest,
    "footprint": _footprint,
    "wear": _wear,
    "history": _history,
    "quality": _quality,
    "command": _command,
    "live": _live,
    "cost": _cost,
    "devices": _devices,
    "control": _control,
    "inference": _inference,
    "window": _window,
    "rules": _rules,
    "alerts": _alerts,
}
