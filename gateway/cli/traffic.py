"""gateway traffic: every MQTT message as it passes the broker."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

import msgspec

from ..core.errors import ProtocolError
from ..core.mqtt.filters import check_filter, matches
from . import remote
from .remote import Refusal, Remote

_ABOUT = """\
Show every MQTT message the broker takes, as it comes, until Ctrl-C. Nothing is kept: the gateway looks at its traffic
only while somebody watches. Messages of simulated nodes are marked SIMULATED."""


class Snapshot(msgspec.Struct, tag_field="type", tag="snapshot"):
    """How things stood at the beginning."""

    devices: list[Known]


class Known(msgspec.Struct):
    """What has to be known of a device here."""

    id: str
    simulated: bool


class Changed(msgspec.Struct, tag_field="type", tag="device"):
    """A device is new, changed or gone (None)."""

    id: str
    device: Known | None


class Seen(msgspec.Struct, tag_field="type", tag="traffic"):
    """One message."""

    time_ms: int
    client: str
    topic: str
    size: int
    qos: int
    retain: bool
    preview: str


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `traffic` to the command line."""
    parser = subparsers.add_parser(
        "traffic",
        help="watch the MQTT traffic, readable",
        description=_ABOUT,
        epilog="example:\n  gateway traffic --topic 'devices/+/telemetry'",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--topic", metavar="FILTER", default="#", help="only topics this MQTT filter takes in")
    remote.add_options(parser)
    parser.set_defaults(run=_watch)


def _watch(args: argparse.Namespace) -> int:
    try:
        check_filter(args.topic)
    except ProtocolError as error:
        raise Refusal(f"--topic {args.topic}: {error}.") from error
    simulated: set[str] = set()
    decoder = msgspec.json.Decoder(Snapshot | Changed | Seen)
    for text in Remote(remote.data_folder(args.data)).follow("traffic,devices"):
        event = decoder.decode(text)
        if isinstance(event, Seen):
            if args.topic == "#" or matches(args.topic, event.topic):
                _print(event, event.client in simulated, as_json=args.json)
        elif isinstance(event, Snapshot):
            simulated = {device.id for device in event.devices if device.simulated}
        elif event.device is not None and event.device.simulated:
            simulated.add(event.id)
    return 0


def _print(seen: Seen, simulated: bool, *, as_json: bool) -> None:
    if as_json:
        record = {**msgspec.structs.asdict(seen), "simulated": simulated}
        print(msgspec.json.encode(record).decode(), flush=True)
        return
    clock = datetime.fromtimestamp(seen.time_ms / 1000, UTC).strftime("%H:%M:%S.%f")[:-3]
    marks = f"qos{seen.qos}{' retained' if seen.retain else ''} {seen.size} B"
    mark = "SIMULATED  " if simulated else ""
    print(f"{clock}  {mark}{seen.client}  {seen.topic}  {marks}  {seen.preview}", flush=True)
