"""What the checks ask about the gateway itself: its process, and what it says of its parts."""

from __future__ import annotations

import msgspec

from ..backends.machine import files
from ..core.errors import GatewayError
from .finding import Patient


class Part(msgspec.Struct):
    """How one part is."""

    ok: bool
    detail: str = ""


class Health(msgspec.Struct):
    """Answer to GET /api/health."""

    status: str
    version: str
    demo: bool
    parts: dict[str, Part]


def health(patient: Patient) -> Health:
    """What the running gateway says of itself. Raises GatewayError: it is not running, or is not ours to ask."""
    return msgspec.json.decode(patient.ask("/api/health"), type=Health)


def well(patient: Patient) -> dict[str, Part] | None:
    """Its parts; None when it does not answer."""
    try:
        return health(patient).parts
    except (GatewayError, msgspec.MsgspecError):
        return None


def process(patient: Patient) -> int | None:
    """The number of the running gateway's process; None when there is none, or it does not answer."""
    if well(patient) is None:
        return None
    number = files.number(patient.data / "gateway.lock")
    return 0 if number is None else number
