"""kill -9 while alerts wait: each arrives once and in order, whatever the moment at which the power goes.

The Bot API, what is to be told and what came of it live outside of the killed process.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from aiohttp import web

from tests.telegram_fake import TelegramFake
from tests.telegram_steps import Reset, Stall, away, too_many

from .alert_child import CHAT

PATIENCE_S = 60.0
ODD = (
    Reset(taken=True),
    Reset(),
    Stall(0.3, taken=True),
    Stall(0.3),
    away(taken=True),
    away(),
    too_many(0),
)
"""What may happen to a message besides."""


class Telegram(TelegramFake):
    """Knows how many requests it is working on."""

    serving = 0

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.serving += 1
        try:
            return await super()._serve(request)
        finally:
            self.serving -= 1


class Storm:
    """Cycles of news and a kill; `check` afterwards."""

    def __init__(self, folder: Path, fake: Telegram, zygote: asyncio.subprocess.Process, seed: int) -> None:
        self.folder, self.fake, self.dice = folder, fake, random.Random(seed)
        self.done: list[str] = []
        self.notices = 0
        self.levels: dict[str, int] = {}
        self.ended: set[str] = set()
        self.in_flight = 0
        self.child = 0
        self._zygote = zygote
        (folder / "notices").touch()
        (folder / "kept").touch()
        fake.chat(CHAT)
        fake.write(CHAT, "hello")
        self._newest = max(message for _, message in fake.messages) if fake.messages else 1001
        self.hold()

    # What is to be told

    def hold(self) -> None:
        """The child sees it whole or as it was."""
        new = self.folder / "levels.new"
        new.write_bytes(msgspec.json.encode(self.levels))
        new.replace(self.folder / "levels")

    def news(self, cycle: int) -> None:
        """A few notices; something begins to hold; something that people were told of is over."""
        with (self.folder / "notices").open("a") as file:
            for _ in range(self.dice.randrange(4)):
                file.write(f"n{self.notices}\n")
                self.notices += 1
        if self.dice.random() < 0.3:
            self.levels[f"fern-{cycle}"] = time.time_ns() // 1_000_000
        told = [name for name in self.levels if self.said(f"⚠ {name}: dry")]
        for name in told[: self.dice.randrange(2)]:
            del self.levels[name]
            self.ended.add(name)
        self.hold()

    def said(self, text: str) -> int:
        """How often people have read a message that begins so."""
        return sum(taken.text.startswith(text) for taken in self.fake.ledger)

    # Its life

    async def start(self) -> None:
        kept = len((self.folder / "kept").read_text().split())
        lines = (self.folder / "notices").read_text().splitlines(keepends=True)
        known = {name.strip() for name in (self.folder / "kept").read_text().split()}
        first = next((place for place, line in enumerate(lines) if line.strip() not in known), len(lines))
        offset = sum(len(line) for line in lines[:first])
        assert first <= kept
        assert self._zygote.stdin is not None
        self._zygote.stdin.write(f"start {self.folder} {self.fake.url} {offset} {self._newest}\n".encode())
        self.child = int(await self._line())

    async def kill(self) -> None:
        os.kill(self.child, signal.SIGKILL)
        assert await self._line() == "dead"

    async def cycle(self, number: int) -> None:
        """News, a start, and a kill: at any moment, or while a message is on its way."""
        self.news(number)
        if self.dice.random() < 0.15:
            self.fake.script("sendMessage", self.dice.choice(ODD))
        await self.start()
        sent = self._sends()
        if self.dice.random() < 0.6:
            await within(0.6, lambda: self._sends() > sent)
            after_s = self.dice.uniform(0.0, 0.05)
        else:
            after_s = self.dice.uniform(0.0, 0.4)
        await asyncio.sleep(after_s)
        self.in_flight += self.fake.serving > 0
        await self.kill()
        self.done.append(f"{number}: after {after_s:.3f} s")

    async def calm(self) -> None:
        """The last start: everything that was said arrives, and then that it is over."""
        await self.start()
        assert await within(PATIENCE_S, lambda: all(self.said(f"⚠ {name}: dry") for name in self.levels))
        self.ended |= set(self.levels)
        self.levels = {}
        self.hold()
        wanted = self.notices + 2 * len(self.ended)
        assert await within(PATIENCE_S, lambda: len(self.fake.ledger) >= wanted), "lost"
        await asyncio.sleep(1.0)
        await self.kill()

    def check(self) -> None:
        """What is promised, from outside."""
        texts = [taken.text.split("\n")[0] for taken in self.fake.ledger]
        twice = [text for text, times in Counter(texts).items() if times > 1]
        assert not twice, f"told twice: {twice}"
        notices = [int(text[3:]) for text in texts if text.startswith("ℹ n")]
        assert notices == list(range(self.notices)), "lost, or out of order"
        for name in self.ended:
            began = [place for place, text in enumerate(texts) if text.startswith(f"⚠ {name}: dry")]
            over = [place for place, text in enumerate(texts) if text.startswith(f"✅ {name}:")]
            assert len(began) == len(over) == 1, f"{name}: told {len(began)} times, its end {len(over)} times"
            assert began < over, f"{name}: over before it began"
        marked = [taken.text for taken in self.fake.ledger if "repetition" in taken.text]
        assert not marked, f"nobody could say whether these had arrived: {marked}"

    def _sends(self) -> int:
        return sum(method == "sendMessage" for method, _ in self.fake.calls)

    async def _line(self) -> str:
        assert self._zygote.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            return (await self._zygote.stdout.readline()).decode().strip()


async def within(seconds: float, happened: Callable[[], bool]) -> bool:
    """Whether it happens in that time."""
    until = time.monotonic() + seconds
    while not (over := happened()) and time.monotonic() < until:  # noqa: ASYNC110 - it happens outside of this program
        await asyncio.sleep(0.002)
    return over


async def storm(folder: Path, cycles: int, seed: int) -> Storm:
    """So many kills; then everything must be as it was promised."""
    zygote = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.system.alert_child",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    try:
        fake = Telegram(slow_s=(0.0, 0.04), seed=seed)
        async with fake:
            raging = Storm(folder, fake, zygote, seed)
            try:
                for number in range(cycles):
                    await raging.cycle(number)
                await raging.calm()
                raging.check()
            except BaseException:
                print(f"seed {seed}: {raging.done[-20:]}")
                log = folder / "log"
                print(log.read_text()[-3000:] if log.exists() else "")
                raise
            print(
                f"{cycles} kills, {raging.in_flight} of them in flight, "
                f"{raging.notices} notices, {len(raging.ended)} episodes, {len(fake.ledger)} messages"
            )
            return raging
    finally:
        zygote.kill()
        await zygote.wait()


@pytest.mark.timeout(300)
async def test_20_kills_lose_no_alert_and_tell_none_twice(tmp_path: Path) -> None:
    await storm(tmp_path, 20, seed=8)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(20))
async def test_2000_kills_lose_no_alert_and_tell_none_twice(tmp_path: Path, seed: int) -> None:
    raging = await storm(tmp_path, 100, seed=800 + seed)
    assert raging.in_flight > 0, "no kill found a message on its way"
