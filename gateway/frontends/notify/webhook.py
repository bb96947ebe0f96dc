"""An address that takes JSON, such as a program of one's own."""

from __future__ import annotations

import hashlib
import hmac

import msgspec

from ...core.channels import WebhookWay
from ...core.delivery import Parcel
from ...core.ports.channel import Rate
from ...core.ports.outside import Outside
from .answers import Blind, identity, posted


class Posted(msgspec.Struct, frozen=True):
    """What is posted. A repetition has the same `id`, which is the header Idempotency-Key, too."""

    id: str
    alert: str
    part: str
    level: str
    title: str
    text: str
    happened_ms: int
    """When it happened, UTC."""
    repeat: bool
    """It may have arrived before."""
    simulated: bool


class WebhookChannel(Blind):
    """One target: the address. With a secret, X-Gateway-Signature is `sha256=` and the HMAC-SHA256 of the body, hex."""

    def __init__(self, name: str, way: WebhookWay, outside: Outside) -> None:
        self.name = name
        self.rate = Rate(each_s=0.1, target_per_min=600)
        self._way = way
        self._outside = outside

    async def targets(self) -> tuple[str, ...]:
        """Channel: the one there is."""
        return ("address",)

    async def deliver(self, parcel: Parcel, text: str, *, repeat: bool, bare: bool = False) -> str:
        """Channel: any 2xx is a receipt."""
        said = Posted(
            id=parcel.id,
            alert=parcel.alert,
            part=parcel.part,
            level=parcel.level,
            title=parcel.title,
            text=text,
            happened_ms=parcel.happened_ms,
            repeat=repeat,
            simulated=parcel.simulated,
        )
        body = msgspec.json.encode(said)
        headers = {"Idempotency-Key": parcel.id.encode("ascii", "replace").decode()}
        if self._way.secret:
            signature = hmac.new(self._way.secret.encode(), body, hashlib.sha256).hexdigest()
            headers["X-Gateway-Signature"] = f"sha256={signature}"
        answer = await posted(self._outside, self._way.url, body, headers)
        return identity(answer.body)
