"""Whatever people and nodes do, in any order and with a disk that fails at any moment: who is who stays clear."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import TypeVar

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from gateway.core.errors import Conflict, NotAllowed, NotFound, Refused, StoreError
from gateway.flow.registration import Credentials, Pending, Registration
from tests.fakes import MemoryDocuments
from tests.flow.registry_site import Site

NODES = [f"02:00:00:00:00:0{number}" for number in range(3)]
MACS = st.sampled_from(NODES)
NUMBERS = st.integers(0, 7)
CRASHES = st.sampled_from([None, None, None, 0, 1, 2])
Answer = TypeVar("Answer")
SAID_NO = (Conflict, NotAllowed, NotFound, Refused, StoreError)


class Succession(RuleBasedStateMachine):
    """Three nodes and an operator."""

    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp())
        self.documents = MemoryDocuments()
        self.loop.run_until_complete(self._site())
        self.given: list[tuple[str, Credentials]] = []
        """All that was ever handed out, and to which hardware."""
        self.claims: list[tuple[str, str]] = []
        self.tokens: list[str] = []
        for mac in NODES:
            self.enrols(mac, None)

    async def _site(self) -> None:
        self.site = Site(self.folder)
        self.site.documents = self.documents
        self.site.restart()

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            self.loop.close()
            shutil.rmtree(self.folder)

    def does(self, work: Coroutine[object, object, Answer], crash: int | None = None) -> Answer | None:
        """What came of it; None: somebody said no, or the disk did."""

        async def settled() -> Answer | None:
            self.documents.fail_after = crash
            try:
                return await work
            except SAID_NO:
                return None
            finally:
                self.documents.fail_after = None
                await asyncio.sleep(0)

        return self.loop.run_until_complete(settled())

    def names(self) -> list[str]:
        return [device.id for device in self.site.registry.devices()]

    def comes(self, mac: str, outcome: Credentials | Pending | None) -> None:
        if isinstance(outcome, Credentials):
            self.given.append((mac, outcome))
        elif isinstance(outcome, Pending):
            self.claims.append((mac, outcome.claim))

    @rule(mac=MACS, crash=CRASHES)
    def enrols(self, mac: str, crash: int | None) -> None:
        token = self.does(self.site.registry.enrolment.create())
        self.comes(mac, self.does(self.site.registry.register(Registration(mac, "1.0.0", token)), crash))

    @rule(mac=MACS, crash=CRASHES)
    def waits(self, mac: str, crash: int | None) -> None:
        self.site.registry.pairing.open(5)
        self.comes(mac, self.does(self.site.registry.register(Registration(mac, "1.0.0")), crash))
        self.site.registry.pairing.close()

    @rule(mac=MACS)
    def waits_and_is_approved(self, mac: str) -> None:
        self.waits(mac, None)
        for name in self.site.registry.pending():
            self.does(self.site.registry.approve(name))

    @rule(number=NUMBERS, crash=CRASHES)
    def collects(self, number: int, crash: int | None) -> None:
        if self.claims:
            mac, claim = self.claims[number % len(self.claims)]
            outcome = self.does(self.site.registry.collect(claim), crash)
            if isinstance(outcome, Credentials):
                self.given.append((mac, outcome))

    @rule(mac=MACS, number=NUMBERS, crash=CRASHES)
    def shows_a_token(self, mac: str, number: int, crash: int | None) -> None:
        if self.tokens:
            token = self.tokens[number % len(self.tokens)]
            self.comes(mac, self.does(self.site.registry.register(Registration(mac, "1.0.0", token)), crash))

    @rule(mac=MACS, number=NUMBERS, crash=CRASHES)
    def shows_a_password(self, mac: str, number: int, crash: int | None) -> None:
        mine = [known.mqtt_password for holder, known in self.given if holder == mac]
        if mine:
            proof = mine[-1 - number % len(mine)]
            request = Registration(mac, "1.0.0", last_password=proof)
            self.comes(mac, self.does(self.site.registry.register(request), crash))

    @rule(one=NUMBERS, other=st.one_of(NUMBERS, NUMBERS, st.none()), crash=CRASHES)
    def swaps(self, one: int, other: int | None, crash: int | None) -> None:
        names = self.names()
        if names:
            old = names[one % len(names)]
            others = [name for name in names if name != old]
            new = others[other % len(others)] if others and other is not None else None
            held = [known for _, known in self.given if known.device_id in (old, new)]
            swapped = self.does(self.site.registry.swap(old, new, "anna", newest_ms=self.site.clock()), crash)
            if swapped is not None:
                assert not any(self.site.let_in(known) for known in held)
                if swapped.token is not None:
                    self.tokens.append(swapped.token)

    @rule(one=NUMBERS, crash=CRASHES, what=st.sampled_from(["approve", "revoke", "delete"]))
    def changes(self, one: int, crash: int | None, what: str) -> None:
        names = self.names()
        if names:
            self.does(getattr(self.site.registry, what)(names[one % len(names)]), crash)

    @rule(minutes=st.sampled_from([1, 20, 90]))
    def time_passes(self, minutes: int) -> None:
        self.site.clock.advance(minutes=minutes)

    @rule()
    def starts_again(self) -> None:
        before = self.site.registry.devices()
        self.loop.run_until_complete(self._again())
        assert self.site.registry.devices() == before

    async def _again(self) -> None:
        self.site.restart()

    @invariant()
    def every_id_and_every_node_is_one_device(self) -> None:
        if not hasattr(self, "site"):
            return
        devices = self.site.registry.devices()
        ids = [device.id for device in devices] + [former.device for device in devices for former in device.formers]
        assert len(set(ids)) == len(ids)
        assert len({device.mac for device in devices}) == len(devices)
        for device in devices:
            assert not self.site.registry.former(device.id)
            assert self.site.registry.hardware(device.id) == device.mac
            for former in device.formers:
                assert self.site.registry.former(former.device)
                assert former.from_ms <= former.to_ms
            if device.swaps:
                assert device.swaps[-1].after_mac == device.mac

    @invariant()
    def only_the_last_password_of_the_hardware_that_is_the_device_lets_in(self) -> None:
        if not hasattr(self, "site"):
            return
        newest: dict[str, int] = {known.device_id: number for number, (_, known) in enumerate(self.given)}

        async def check() -> None:
            for number, (mac, known) in enumerate(self.given):
                if self.site.let_in(known):
                    assert newest[known.device_id] == number
                    assert self.site.registry.hardware(known.device_id) == mac
            await asyncio.sleep(0)

        self.loop.run_until_complete(check())


def test_who_is_who_stays_clear() -> None:
    run_state_machine_as_test(Succession, settings=settings(max_examples=100, stateful_step_count=40, deadline=None))


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_who_is_who_stays_clear_for_long() -> None:
    run_state_machine_as_test(Succession, settings=settings(max_examples=3000, stateful_step_count=60, deadline=None))
