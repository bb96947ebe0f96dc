"""What each part of the gateway costs to import, from `python -X importtime`."""

from __future__ import annotations

import subprocess
import sys

from .figures import NotMeasured


def import_costs_ms(module: str, parts: int = 8) -> dict[str, float]:
    """The dearest top-level packages below an import of `module`, by their own time in ms, and `total`."""
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", f"import {module}"], capture_output=True, text=True, check=False
    )
    if ran.returncode:
        raise NotMeasured(f"{module} cannot be imported: {ran.stderr.strip().splitlines()[-1]}")
    costs: dict[str, float] = {}
    for line in ran.stderr.splitlines():
        _, _, row = line.partition("import time:")
        fields = [field.strip() for field in row.split("|")]
        if len(fields) == 3 and fields[0].isdigit():
            package = _part(fields[2])
            costs[package] = costs.get(package, 0) + int(fields[0]) / 1000
    dearest = sorted(costs.items(), key=lambda item: -item[1])[:parts]
    return {"total": sum(costs.values()), **dict(dearest)}


def _part(module: str) -> str:
    """The gateway's own modules by part, everything else by package, the standard library by module."""
    levels = module.split(".")
    return ".".join(levels[:3]) if levels[0] == "gateway" else levels[0]
