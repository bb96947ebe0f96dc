"""The `gateway` command as a person runs it, and a gateway for it to talk to."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from tests.frontends.panel.house import House


async def start(*words: str, data: Path) -> asyncio.subprocess.Process:
    """A running command."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", *words, "--data", str(data), stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )  # fmt: skip


async def gateway(house: House, *words: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    process = await start(*words, data=house.data)
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()
