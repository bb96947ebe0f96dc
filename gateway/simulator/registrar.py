"""How one node comes by its credentials, and by new ones when they stop working."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from ..core.errors import Refused
from .backoff import Backoff
from .connection import Unreachable
from .enrol import Api, Claim, Registration, Request
from .identity import Identities, Identity

_LONGEST_CLAIM_S = 30.0
_ASK_BACK_S = 60.0


class Registrar:
    """Registers one node, patiently, and keeps what it gets. `report` is told (state, detail)."""

    def __init__(
        self, api: Api, request: Request, identities: Identities, backoff: Backoff, report: Callable[[str, str], None]
    ) -> None:
        self._api = api
        self._request = request
        self._identities = identities
        self._backoff = backoff
        self._report = report

    async def known(self) -> Registration:
        """What was kept from earlier, else a new registration. Raises Refused."""
        kept = await asyncio.to_thread(self._identities.load, self._request.mac_address)
        if kept is None:
            return await self.anew()
        return await self.ask_back(kept.registration) if kept.sent_away else kept.registration

    async def anew(self, last: Registration | None = None) -> Registration:
        """A new registration, however long it takes. Raises Refused when the gateway says no.

        `last`: what it had before and what works no more.
        """
        claim: Claim | None = None
        while True:
            try:
                answer = await asyncio.to_thread(self._ask, claim, last)
            except Unreachable as error:
                self._report("waiting", str(error))
                await asyncio.sleep(self._backoff.next_s())
                continue
            if isinstance(answer, Registration):
                self._backoff.reset()
                self._report("registered", answer.device_id)
                return answer
            if claim is None:
                self._report("pending", "a person has to approve it")
            claim = answer
            await asyncio.sleep(min(_LONGEST_CLAIM_S, max(0.2, answer.retry_after_s)))

    async def ask_back(self, old: Registration) -> Registration:
        """A new registration for a node that was sent away: without its token, once a minute, until a person agrees.

        The token was the consent to let it in, not to let it back; a restart does not change that. A node that was put
        into another one's place proves with its old credentials that it is meant, and comes back as that one.
        """
        await asyncio.to_thread(self._identities.keep, self._request.mac_address, Identity(old, sent_away=True))
        self._request = msgspec.structs.replace(self._request, token=None)
        told = False
        while True:
            try:
                return await self.anew(old)
            except Refused as error:
                if not told:
                    self._report("refused", str(error))
                told = True
                await asyncio.sleep(_ASK_BACK_S)

    async def moved(self, old: Registration) -> Registration:
        """The broker is not where it was: a new registration when the gateway is up and grants one, else the old."""
        try:
            status, _ = await asyncio.to_thread(self._api.call, "GET", "/api/health")
            answer = await asyncio.to_thread(self._ask, None, old) if status == 200 else old
        except (Refused, Unreachable):
            return old
        return answer if isinstance(answer, Registration) else old

    def _ask(self, claim: Claim | None, last: Registration | None) -> Registration | Claim:
        answer = self._api.register(self._request, last) if claim is None else self._api.collect(claim)
        if isinstance(answer, Registration):
            self._identities.keep(self._request.mac_address, Identity(answer))
        return answer
