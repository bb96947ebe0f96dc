"""Whatever apprise knows, when it is installed; 48 MB from the first message on."""

from __future__ import annotations

import asyncio
import logging
from functools import partial

from ...core.channels import AppriseWay
from ...core.delivery import Parcel
from ...core.ports.channel import Perhaps, Rate, Shut
from ...core.rules.actions import Level
from .answers import Blind, first_line
from .own_thread import in_own_thread

_KINDS: dict[Level, str] = {"info": "info", "warning": "warning", "alarm": "failure"}


class AppriseChannel(Blind):
    """One target. apprise only says whether all went well: when it did not, the message may have arrived."""

    def __init__(self, name: str, way: AppriseWay) -> None:
        self.name = name
        self.rate = Rate(each_s=1.0, target_per_min=20)
        self._url = way.url
        self._one = asyncio.Lock()

    async def targets(self) -> tuple[str, ...]:
        """Channel: the one there is."""
        return ("url",)

    async def deliver(self, parcel: Parcel, text: str, *, repeat: bool, bare: bool = False) -> str:
        """Channel: it has no name for what it sent."""
        kind = "info" if bare else _KINDS[parcel.level]
        async with self._one:
            sent = await in_own_thread(partial(_notify, self._url, text, kind), f"apprise-{self.name}")
        if not sent:
            raise Perhaps("apprise could not send it, and does not say why")
        return ""


def _notify(url: str, text: str, kind: str) -> bool:
    """In a thread: the import alone takes most of a second. Raises Shut."""
    try:
        import apprise
    except ImportError as error:
        raise Shut("apprise is not installed; pip install 'edge-gateway[notify]'", whole=True) from error
    # It writes down whole addresses, and tokens it takes for wrong.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    sender = apprise.Apprise()
    if not sender.add(url):
        raise Shut("apprise does not know this kind of address", whole=True)
    title, rest = first_line(text)
    return bool(sender.notify(body=rest or title, title=title if rest else "", notify_type=apprise.NotifyType(kind)))
