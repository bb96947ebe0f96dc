"""Is the gateway running, well, safe from its own attacks, and kept running by systemd."""

from __future__ import annotations

import shutil
import subprocess

from .. import __version__
from ..core.errors import GatewayError
from .finding import Check, Finding, Patient, absent, bad, good, look
from .questions import health, well

GROUP = "Gateway"
_UNIT = "gateway.service"
_ASKED = ("LoadState", "ActiveState", "SubState", "NRestarts", "Result", "UnitFileState")


def answers(patient: Patient) -> Finding:
    """Running, of this version, and every part well."""
    try:
        found = health(patient)
    except GatewayError as error:
        return look(str(error), "")
    ill = [f"{name}: {part.detail or 'not well'}" for name, part in found.parts.items() if not part.ok]
    text = f"version {found.version} is running" + (" as a demo" if found.demo else "")
    if ill:
        return bad(f"{text}, but {'; '.join(ill)}", "its log says more: journalctl -u gateway, or where you started it")
    if found.version != __version__:
        return look(f"{text}, installed is {__version__}", "restart it to use what is installed")
    return good(f"{text}, all {len(found.parts)} parts are well")


def attack(patient: Patient) -> Finding:
    """What came of the gateway's attack on itself at its start."""
    broker = (well(patient) or {}).get("broker")
    if broker is None:
        return absent("made at every start of the gateway, before it opens to the network")
    if not broker.ok:
        return bad(broker.detail, "do not use this version; the log names the attacks, please report them")
    return good("every attack of the gateway on itself was repelled")


def service(patient: Patient) -> Finding:
    """systemd's word on it."""
    program = shutil.which("systemctl")
    if program is None or not (patient.root / "run/systemd/system").exists():
        return absent("this machine does not run systemd: nothing starts the gateway again")
    command = [program, "show", _UNIT, "--property", ",".join(_ASKED)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=8, check=False)  # noqa: S603
    said = dict(line.partition("=")[::2] for line in done.stdout.splitlines())
    if said.get("LoadState") != "loaded":
        return absent("not installed as a service: it does not start with the machine")
    restarts = int(said.get("NRestarts") or 0)
    again = "1 restart" if restarts == 1 else f"{restarts} restarts"
    text = f"{said.get('ActiveState')} ({said.get('SubState')}), {again}"
    if said.get("UnitFileState") not in ("enabled", "static", "enabled-runtime"):
        return look(f"{text}, not started with the machine", f"sudo systemctl enable --now {_UNIT}")
    if said.get("ActiveState") == "failed":
        return bad(f"{text}: {said.get('Result')}", f"journalctl -u {_UNIT} says why")
    if said.get("ActiveState") == "inactive":
        return look(text, f"sudo systemctl start {_UNIT}")
    if restarts:
        return look(text, f"journalctl -u {_UNIT} says why it was started again")
    return good(text)


CHECKS = (
    Check(GROUP, "running", answers),
    Check(GROUP, "self-attack", attack),
    Check(GROUP, "service", service),
)
