"""What deciding by itself needs: models as they were signed, what runs them, and pins and sound if asked for."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection
from ctypes.util import find_library
from importlib.util import find_spec

import msgspec

from ..backends.anomaly_file import AnomalyFile
from ..backends.inference.bundled import bundled_models, bundled_signers
from ..backends.inference.runtime import runtime_label
from ..backends.inference.trial import look as looked_at
from ..core.errors import GatewayError, ModelFailed
from ..core.ports.models import Unfit
from ..core.window.words import PLAIN_RULE
from .finding import Check, Finding, Patient, absent, bad, good, look

GROUP = "Deciding"
_LEARNS = "which takes some days, at the gateway's next start"
_TEACHER = f"windows are decided about by {PLAIN_RULE} until then, and nothing is learnt"


def models(patient: Patient) -> Finding:
    """Those that came with the gateway: whole, and signed by somebody who counts."""
    folders = sorted(place.parent for place in bundled_models().glob("*/manifest.toml"))
    if not folders:
        return look("none came with this gateway", f"install it from a wheel; {_TEACHER}")
    signers, sound = bundled_signers(), []
    for folder in folders:
        try:
            found = looked_at(folder, signers)
        except Unfit as error:
            return bad(f"{folder.name}: {error}", f"install the gateway anew; {_TEACHER}")
        sound.append(f"{found.manifest.label} signed by {found.signer}")
    return good(", ".join(sound))


def library(patient: Patient) -> Finding:
    """onnxruntime, which runs the models. Asked in this process: the gateway's own is not touched."""
    try:
        return good(runtime_label())
    except ModelFailed as error:
        return look(str(error), _TEACHER)


def learnt(patient: Patient) -> Finding:
    """What the gateway knows of how series and machines usually are."""
    if not patient.settings.anomaly.enabled:
        return absent("the configuration does not want anything unusual to be noticed")
    path = patient.data / "anomaly.state"
    try:
        kept, size = AnomalyFile(path).read(), path.stat().st_size
    except FileNotFoundError:
        return absent("nothing was kept yet of what is usual")
    except PermissionError:
        return absent(f"{path} is not for this user to read")
    except ValueError as error:
        return look(
            f"{path} is damaged: {error}", f"what is usual is learnt anew, {_LEARNS}; episodes and baselines stay"
        )
    series = sum(len(device.series) for device in kept.devices.values())
    hours = max(0.0, time.time() - kept.saved_ms / 1000) / 3600
    told = f"{series} series of {_count(kept.devices, 'device')}, {_count(kept.machines, 'machine')}"
    return good(f"{told}; {size / 1024:.0f} KB, kept {hours:.0f} h ago")


def _count(known: Collection[object], noun: str) -> str:
    return f"{len(known)} {noun}{'' if len(known) == 1 else 's'}"


def own_pins(patient: Patient) -> Finding:
    """The libraries that drive this machine's pins, when the configuration names any."""
    pins = patient.settings.pins
    named = [name for name in ("status_led", "pairing_button", "relay", "servo") if getattr(pins, name) is not None]
    if not named:
        return absent("the configuration names no pins of this machine")
    missing = [name for name in ("gpiozero", "lgpio") if find_spec(name) is None]
    if missing:
        return bad(
            f"{', '.join(named)} cannot be driven: {' and '.join(missing)} are not installed",
            "pip install 'edge-gateway[pi]' in the gateway's environment",
        )
    return good(f"{', '.join(named)} through gpiozero")


def sound(patient: Patient) -> Finding:
    """PortAudio, when the configuration wants this machine's microphone."""
    if not patient.settings.microphone.enabled:
        return absent("the configuration does not want this machine's microphone")
    if find_spec("sounddevice") is None:
        return bad("sounddevice is not installed", "pip install 'edge-gateway[sound]' in the gateway's environment")
    name = find_library("portaudio")
    if name is None:
        return bad("PortAudio is not installed", "sudo apt install libportaudio2")
    return good(name)


class _Rule(msgspec.Struct):
    """What is needed of a rule."""

    id: str
    mode: str


class _Rules(msgspec.Struct):
    """Answer to GET /api/rules."""

    rules: list[_Rule]


def rules(patient: Patient) -> Finding:
    """What the running gateway says of its rules."""
    if not patient.settings.rules.enabled:
        return absent("the configuration does not want rules to be evaluated")
    try:
        found = msgspec.json.decode(patient.ask("/api/rules"), type=_Rules).rules
    except (GatewayError, msgspec.MsgspecError):
        return absent("only a running gateway, asked by its own user, tells of its rules")
    tripped = [rule.id for rule in found if rule.mode == "tripped"]
    if tripped:
        return look(
            f"{', '.join(tripped)} fired too often and is stopped",
            "`gateway rules why RULE` says how it stands, `gateway rules live RULE` lets it go again",
        )
    count = Counter(rule.mode for rule in found)
    return good(f"{_count(found, 'rule')}: {count['live']} live, {count['shadow']} in shadow, {count['off']} off")


CHECKS = (
    Check(GROUP, "models", models),
    Check(GROUP, "onnxruntime", library),
    Check(GROUP, "what is usual", learnt),
    Check(GROUP, "own pins", own_pins),
    Check(GROUP, "sound", sound),
    Check(GROUP, "rules", rules),
)
