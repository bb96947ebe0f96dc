"""Every check, one after the other, none of which can hold up or stop the others."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator

from . import automation, clock, disk, hardware, keeping, machine, network, outward, running
from .finding import Check, Finding, Patient, Result, State

CHECKS = (
    *machine.CHECKS,
    *disk.CHECKS,
    *clock.CHECKS,
    *network.CHECKS,
    *hardware.CHECKS,
    *automation.CHECKS,
    *outward.CHECKS,
    *keeping.CHECKS,
    *running.CHECKS,
)


def examine(patient: Patient, checks: Iterable[Check] = CHECKS) -> Iterator[Result]:
    """The results, each as soon as it is there."""
    for check in checks:
        found = _look(check, patient)
        yield Result(check.group, check.name, found.state, found.text, found.advice)


def _look(check: Check, patient: Patient) -> Finding:
    """In a thread of its own: what hangs in the kernel (a dead network disk) cannot be interrupted, only left."""
    found: list[Finding] = []

    def work() -> None:
        try:
            found.append(check.look(patient))
        except Exception as error:  # noqa: BLE001 - a check that fails is a finding
            found.append(_failed(error))

    thread = threading.Thread(target=work, name=f"check-{check.name}", daemon=True)
    thread.start()
    thread.join(check.patience_s)
    if found:
        return found[0]
    return Finding(
        State.LOOK, f"no answer within {check.patience_s:.0f} s", "try again; if it stays so, restart the machine"
    )


def _failed(error: Exception) -> Finding:
    if isinstance(error, PermissionError):
        return Finding(
            State.ABSENT, f"not for this user to see: {error.filename or error}", "run it with sudo to see it"
        )
    return Finding(State.LOOK, f"this could not be looked at: {type(error).__name__}: {error}")
