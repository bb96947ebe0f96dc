"""The topics of PROTOCOL: their names, who writes them, and how to read one apart."""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

DEVICE_ID = re.compile(r"[a-z0-9-]{3,40}")
METRIC = re.compile(r"[a-z][a-z0-9_]{0,39}")

NODE_PUBLISHES = frozenset(
    {"telemetry", "heartbeat", "status", "audio", "shadow/reported", "command/ack", "ota/state", "log"}
)
"""Below `devices/{id}/`; besides them a node publishes `sensor/{id}/{metric}`."""

NODE_READS = frozenset(
    {("devices", "shadow/desired"), ("devices", "command"), ("devices", "ota"), ("window", "control")}
)
"""(root, what follows the id); besides them a node reads `ml/inference/request/{id}`."""


class Topic(msgspec.Struct, frozen=True):
    """A topic taken apart. `what` is the part after the id; for `sensor/{id}/{metric}` it is `sensor`."""

    device: str
    what: str
    metric: str = ""


@lru_cache(maxsize=4096)
def parse(topic: str) -> Topic | None:
    """The device and meaning of a node's topic; None for every other topic."""
    levels = topic.split("/", 2)
    if len(levels) != 3 or not DEVICE_ID.fullmatch(levels[1]):
        return None
    root, device, rest = levels
    if root == "devices" and rest in NODE_PUBLISHES:
        return Topic(device, rest)
    if root == "sensor" and METRIC.fullmatch(rest):
        return Topic(device, "audio") if rest == "audio" else Topic(device, "sensor", rest)
    return None


def telemetry(device: str) -> str:
    """Where a node publishes its readings."""
    return f"devices/{device}/telemetry"


def heartbeat(device: str) -> str:
    """Where a node says every minute that it is alive."""
    return f"devices/{device}/heartbeat"


def status(device: str) -> str:
    """Retained `online` / `offline`; also the node's last will."""
    return f"devices/{device}/status"


def command(device: str) -> str:
    """Where a node reads its commands."""
    return f"devices/{device}/command"


def command_ack(device: str) -> str:
    """Where a node answers a command."""
    return f"devices/{device}/command/ack"


def shadow_desired(device: str) -> str:
    """Retained configuration for one node."""
    return f"devices/{device}/shadow/desired"


def shadow_reported(device: str) -> str:
    """Where a node says what it has applied."""
    return f"devices/{device}/shadow/reported"


def window_control(device: str) -> str:
    """Where a window node is told its position."""
    return f"window/{device}/control"


def inference_request(device: str) -> str:
    """Where the gateway says what it is deciding about a window."""
    return f"ml/inference/request/{device}"
