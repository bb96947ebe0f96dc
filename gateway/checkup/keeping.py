"""What the gateway keeps: its configuration, folder, certificates and database."""

from __future__ import annotations

import os
import pwd
import stat
import sys
import time
from contextlib import closing
from pathlib import Path

import msgspec

from ..backends.folder import DataFolder
from ..backends.machine.life import amount
from ..core.errors import AlreadyRunning
from .finding import Check, Finding, Patient, absent, bad, good, look
from .questions import well

GROUP = "Kept"
_DAY_MS = 86_400_000
_SOON_DAYS = 20
"""The gateway renews with 30 days left: with less, it has failed to."""


class _Certificate(msgspec.Struct):
    """What is needed of `keys/tls.json`."""

    not_after_ms: int
    names: list[str]


def configuration(patient: Patient) -> Finding:
    """Every mistake is one too many: the gateway does not start with one."""
    if patient.hidden:
        return absent(
            f"{patient.config} is not for this user to read", "run it with sudo: ports may be others than told"
        )
    if patient.mistakes:
        where, listed = str(patient.config or "the environment's GATEWAY_… variables"), "; ".join(patient.mistakes)
        text = listed if listed.startswith(where) else f"{where}: {listed}"
        return bad(text, "mend it; `gateway config check FILE` names every mistake")
    return good(f"{patient.config} has no mistake" if patient.config else "none: every option has its default")


def folder(patient: Patient) -> Finding:
    """There, private, and whose."""
    data = patient.data
    if not data.exists():
        return absent(f"{data} does not exist yet: `gateway run` makes it")
    found = data.stat()
    owner = _user(found.st_uid)
    mode = stat.S_IMODE(found.st_mode)
    if mode & 0o077:
        return look(f"{data} of {owner} can be entered by other users", f"it holds keys: chmod 700 {data}")
    return good(f"{data} of {owner}, private")


def certificate(patient: Patient) -> Finding:
    """The server's; the authority's lasts until 2049."""
    record = patient.data / "keys" / "tls.json"
    try:
        found = msgspec.json.decode(record.read_bytes(), type=_Certificate)
    except FileNotFoundError:
        return absent("none yet: made at the first start")
    except msgspec.MsgspecError:
        return look(f"{record} cannot be read", "the gateway makes a new one at its next start")
    days = (found.not_after_ms - time.time() * 1000) / _DAY_MS
    until = time.strftime("%Y-%m-%d", time.gmtime(found.not_after_ms / 1000))
    if days < 0:
        return bad(f"ended on {until}", "start the gateway (it renews it); is the machine's clock right?")
    if days < _SOON_DAYS:
        return look(f"ends on {until}", "start the gateway: it renews it with 30 days left")
    return good(f"for {found.names[0]}, valid until {until}")


def database(patient: Patient) -> Finding:
    """Sound; looked over only when no gateway has it, and by its owner only: a foreign file would lock it out."""
    path = patient.data / "gateway.db"
    if not path.exists():
        return absent("none yet: made at the first start")
    size = amount(sum(file.stat().st_size for file in patient.data.glob("gateway.db*")))
    parts = well(patient)
    if parts is not None:
        part = parts.get("database")
        if part is not None and not part.ok:
            return bad(f"{size}; {part.detail}", "make a backup, then restart the gateway")
        return good(f"{size}, in use by the gateway, which looks it over after every start")
    if os.geteuid() != patient.data.stat().st_uid:
        owner = _user(patient.data.stat().st_uid)
        return absent(f"{size}; not looked over", f"run it as its owner: sudo -u {owner} {_program()} doctor")
    try:
        found = _problems(patient)
    except AlreadyRunning:
        return look(f"{size}; a gateway that does not answer has it", "look at its log; restart it")
    if found:
        return bad(
            f"{size}, {len(found)} problems: {found[0]}", "start the gateway: it repairs what can be; keep a backup"
        )
    return good(f"{size}, sound")


def _problems(patient: Patient) -> list[str]:
    from ..backends.store.connection import connect
    from ..backends.store.recovery import problems

    lock = DataFolder(patient.data)
    try:
        with closing(connect(patient.data / "gateway.db")) as connection:
            return problems(connection)
    finally:
        lock.close()


def _program() -> str:
    """How this command can be called by another user, whose search path may not have it."""
    own = Path(sys.argv[0])
    return str(own.absolute()) if own.name == "gateway" and own.exists() else "gateway"


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


CHECKS = (
    Check(GROUP, "configuration", configuration),
    Check(GROUP, "data folder", folder),
    Check(GROUP, "certificate", certificate),
    Check(GROUP, "database", database, patience_s=300.0),
)
