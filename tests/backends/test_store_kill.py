"""kill -9 at random moments: whatever was acknowledged is there."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.backends.store_kit import everything, running

_CHILD = """
import asyncio, sys
from pathlib import Path
from gateway.backends.store.settings import StoreSettings
from gateway.backends.store.store import Store
from gateway.core.ports.store import Delivered, Queued, ReadingTaken, Retained, SessionOpened

class Receipt:
    def __init__(self, text):
        self.text = text
    def settled(self, error):
        assert error is None, error
        print(self.text)

async def main():
    number = int(sys.argv[2])
    store = Store(Path(sys.argv[1]), StoreSettings(checkpoint_pages=100))
    store.open()
    store.start(asyncio.get_running_loop())
    store.submit((SessionOpened("c", "anna"),))
    await store.flush()
    print("ready", flush=True)
    while True:
        for _ in range(20):
            number += 1
            store.submit((ReadingTaken(f"node-{number % 3}", "b1", number, number, {"n": float(number)}),),
                         Receipt(f"reading {number}"))
            store.submit((Queued("c", number, "t", str(number).encode(), 1),), Receipt(f"queued {number}"))
            if number % 3 == 0:
                store.submit((Delivered("c", number - 1),), Receipt(f"delivered {number - 1}"))
            store.submit((Retained(f"t/{number % 50}", str(number).encode(), 1),), Receipt(f"retained {number}"))
        await asyncio.sleep(0.0005)
        while store.congested:
            await asyncio.sleep(0.001)
        sys.stdout.flush()

asyncio.run(main())
"""


async def test_after_kill_9_at_random_moments_everything_acknowledged_is_there(tmp_path: Path) -> None:
    chance = random.Random(9)
    acknowledged: dict[str, set[int]] = {"reading": set(), "queued": set(), "delivered": set(), "retained": set()}
    for round_ in range(10):
        for line in _run_and_kill(tmp_path, round_ * 1_000_000, chance.uniform(0.01, 0.3)):
            kind, number = line.split()
            acknowledged[kind].add(int(number))
        async with running(tmp_path) as store:
            assert store.recovered is None
            stored = {value for node in range(3) for _, value in await everything(store, "n", f"node-{node}")}
            assert acknowledged["reading"] <= stored
            (session,) = store.sessions()
            assert acknowledged["queued"] - {m.serial for m in session.queue} <= _maybe_delivered(
                acknowledged["queued"]
            )
            assert not acknowledged["delivered"] & {message.serial for message in session.queue}
            assert session.next_serial > max(acknowledged["queued"], default=0)
            retained = {int(message.topic[2:]): int(message.payload) for message in store.retained()}
            assert all(retained[number % 50] >= number for number in acknowledged["retained"])
            assert await store.check() == []
    assert all(len(numbers) > 100 for numbers in acknowledged.values())


def _maybe_delivered(numbers: set[int]) -> set[int]:
    return {number for number in numbers if number % 3 == 2}


def _run_and_kill(folder: Path, start: int, after_s: float) -> list[str]:
    """What the child said was stored, whole lines only, before it was killed."""
    command = [sys.executable, "-c", _CHILD, str(folder / "gateway.db"), str(start)]
    output = folder / "said"
    with output.open("wb") as said, subprocess.Popen(command, stdout=said) as child:
        while b"ready\n" not in output.read_bytes():
            assert child.poll() is None
            time.sleep(0.005)
        time.sleep(after_s)
        child.send_signal(signal.SIGKILL)
    lines = output.read_text().split("\n")[:-1]
    return [line for line in lines if line != "ready"]
