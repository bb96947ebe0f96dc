"""Machines to look at: recorded boards, with a gateway that answers what it is told to, or none."""

from __future__ import annotations

from pathlib import Path

import msgspec

from gateway.checkup.finding import Patient
from gateway.config.settings import Settings
from gateway.core.errors import GatewayError


class Stopped(GatewayError):
    """No gateway answers."""


def patient(root: Path, *, data: Path | None = None, answers: dict[str, object] | None = None) -> Patient:
    """The machine whose /proc, /sys, /dev and /etc are in `root`."""

    def ask(path: str) -> bytes:
        if answers is None or path not in answers:
            raise Stopped("No gateway is running")
        return msgspec.json.encode(answers[path])

    return Patient(data or root / "data", None, Settings(), (), ask, root)


def health(**parts: dict[str, object]) -> dict[str, object]:
    """An answer of /api/health; `name={"ok": False, "detail": "…"}` for what is not well."""
    usual: dict[str, object] = {name: {"ok": True, "detail": ""} for name in ("store", "broker", "announcement")}
    return {"/api/health": {"status": "ok", "version": "0.0.1", "demo": False, "parts": {**usual, **parts}}}
