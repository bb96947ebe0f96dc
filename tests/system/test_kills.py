"""kill -9 of the gateway or of a node during commands, shadow changes and swaps: nothing lost, nothing done twice."""

from __future__ import annotations

import json
import random
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from .home_site import Hardware, Home, Lost, until
from .powercut import tear

SLOTS = 3
BUDGET_S = 40.0
EXPIRES_S = 20.0
ENDS = {"done", "failed", "expired"}


class Slot:
    """A device, the hardware that is it now and was it before, and somebody who keeps it busy."""

    def __init__(self, home: Home, hardware: Hardware, seed: int) -> None:
        self.home = home
        self.hardware = hardware
        self.former: list[Hardware] = []
        until(lambda: hardware.device, "the node registered")
        self.device = hardware.device
        self.promised: list[str] = []
        self.wanted = 0
        self.trouble = ""
        self._dice = random.Random(seed)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        number = 0
        while not self._ended.wait(self._dice.uniform(0.0, 0.08)) and not self.trouble:
            number += 1
            if self._dice.random() < 0.7:
                self._command(f"{self.device}-{number}")
            else:
                self._patch(number)

    def _command(self, order: str) -> None:
        """Said again with the same id until there is an answer: that is what ids are for."""
        body = {"id": order, "verb": "strike", "args": {"times": 1}, "expires_s": EXPIRES_S}
        status, said = self._patiently("POST", "commands", body)
        if status == 202:
            self.promised.append(order)
        elif status != 409:
            self.trouble = f"{order}: {status} {said}"

    def _patch(self, value: int) -> None:
        status, said = self._patiently("PATCH", "shadow", {"desired": {"value": value}})
        if status == 200:
            self.wanted = value
        else:
            self.trouble = f"shadow {value}: {status} {said}"

    def _patiently(self, method: str, what: str, body: object) -> tuple[int, Any]:
        while True:
            try:
                status, said = self.home.ask(method, f"/devices/{self.device}/{what}", body)
            except Lost:
                time.sleep(0.05)
                continue
            if status != 503:
                return status, said
            time.sleep(0.05)

    def rest(self) -> None:
        """No more orders; the last one was answered."""
        self._ended.set()
        self._thread.join()
        assert not self.trouble, self.trouble


class Storm:
    """Rounds of kills; `check` afterwards."""

    def __init__(self, home: Home, seed: int) -> None:
        self.home = home
        self.dice = random.Random(seed)
        self.kills: list[str] = []
        self.numbers = iter(range(1, 10_000))
        self.hardware: list[Hardware] = []
        self.token = home.token(1000)
        self.slots = [Slot(home, self.node(), seed + number) for number in range(SLOTS)]
        self.spare = self.node()

    def node(self) -> Hardware:
        self.hardware.append(Hardware(self.home, next(self.numbers), self.token).start())
        return self.hardware[-1]

    def round(self) -> None:
        time.sleep(self.dice.uniform(0.0, 0.4))
        slot = self.dice.choice(self.slots)
        what = self.dice.choice(("gateway", "gateway", "node", "node", "swap"))
        self.kills.append(what)
        if what == "gateway":
            self.cut_gateway()
        elif what == "node":
            slot.hardware.kill()
            slot.hardware.start()
        else:
            self.swap(slot)

    def cut_gateway(self) -> None:
        self.home.kill()
        self.kills += tear(self.home.data, self.dice)
        self.home.open()

    def swap(self, slot: Slot) -> None:
        """The node dies; the spare becomes it, whatever is killed meanwhile."""
        until(lambda: self.spare.device, "the spare node registered")
        slot.hardware.kill()
        newcomer, known_as = self.spare, self.spare.device
        posting = threading.Thread(target=self._post_swap, args=(slot, known_as), daemon=True)
        posting.start()
        if self.dice.random() < 0.5:
            time.sleep(self.dice.uniform(0.0, 0.05))
            self.cut_gateway()
        elif self.dice.random() < 0.5:
            newcomer.kill()
            newcomer.start()
        posting.join()
        slot.former.append(slot.hardware)
        slot.hardware = newcomer
        self.spare = self.node()

    def _post_swap(self, slot: Slot, known_as: str) -> None:
        lost = False
        while True:
            try:
                status, said = self.home.ask("POST", f"/devices/{slot.device}/swap", {"replacement": known_as})
            except Lost:
                lost = True
                time.sleep(0.05)
                continue
            if status == 503:
                time.sleep(0.05)
                continue
            # It was done, and only the answer was lost: the newcomer's own id is gone.
            if status != 200 and not (lost and status == 404):
                slot.trouble = f"swap: {status} {said}"
            return

    def check(self) -> None:
        """What the issue promises, from outside."""
        for slot in self.slots:
            slot.rest()
        checker = self.home.account("checker")
        try:
            for slot in self.slots:
                self.check_shadow(slot, checker)
                self.check_commands(slot)
        finally:
            checker.close()

    def check_shadow(self, slot: Slot, checker: Any) -> None:
        path = f"/devices/{slot.device}/shadow"
        until(lambda: self.home.got("GET", path)["sync"] in ("in_sync", "none"), f"{slot.device} in sync")
        shadow = self.home.got("GET", path)
        assert slot.hardware.device == slot.device
        if not slot.wanted:
            return
        assert shadow["desired"]["state"] == shadow["reported"]["state"] == {"value": slot.wanted}
        checker.want(f"devices/{slot.device}/shadow/desired", 1)
        retained = json.loads(checker.take().payload)
        assert retained == {"version": shadow["desired"]["version"], "state": {"value": slot.wanted}}

    def check_commands(self, slot: Slot) -> None:
        until(lambda: not self.open_commands(slot), f"every command of {slot.device} ended")
        kept = {command["id"]: command for command in self.commands(slot)}
        here, before = (
            slot.hardware.effects(),
            sum((was.effects() for was in slot.former), start=type(slot.hardware.effects())()),
        )
        for order in slot.promised:
            command, times = kept[order], here[order] + before[order]
            assert command["status"] in ENDS, command
            assert times <= 1, f"{order} was done {times} times"
            if command["status"] == "done":
                assert times == 1, f"{order} is said to be done and was not: {command}"
            elif here[order]:
                pytest.fail(f"{order} was done, and its history says otherwise: {command}")

    def open_commands(self, slot: Slot) -> list[Any]:
        return [command for command in self.commands(slot) if command["status"] not in ENDS]

    def commands(self, slot: Slot) -> list[Any]:
        """All there are, newest first."""
        found: list[Any] = []
        more, before = True, ""
        while more:
            page = self.home.got("GET", f"/devices/{slot.device}/commands?limit=500{before}")
            found += page["commands"]
            more = page["more"]
            before = f"&before={found[-1]['id']}" if found else ""
        return found

    def close(self) -> None:
        for slot in self.slots:
            slot._ended.set()
        for hardware in self.hardware:
            hardware.kill()
        self.home.kill()


def storm(folder: Path, rounds: int, seed: int, budget_s: float = float("inf")) -> None:
    """So many kills, or as many as fit into the time; then everything must be as it was promised."""
    home = Home(folder).open()
    raging = Storm(home, seed)
    try:
        deadline = time.monotonic() + budget_s
        for _ in range(rounds):
            raging.round()
            if time.monotonic() > deadline:
                break
        raging.check()
        assert sum(len(slot.promised) for slot in raging.slots) > len(raging.kills) // 2
    except BaseException:
        print(f"seed {seed}: {raging.kills}")
        for slot in raging.slots:
            print(slot.device, slot.hardware.folder.name, slot.hardware.log[-1500:])
        print(home.server.output()[-3000:] if home.server else "")
        raise
    finally:
        raging.close()


@pytest.mark.timeout(300)
def test_30_kills_lose_no_command_and_do_none_twice(tmp_path: Path) -> None:
    storm(tmp_path, 30, seed=30, budget_s=BUDGET_S)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("seed", range(20))
def test_1000_kills_lose_no_command_and_do_none_twice(tmp_path: Path, seed: int) -> None:
    storm(tmp_path, 50, seed=1000 + seed)
