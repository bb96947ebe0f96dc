"""A language model that is asked when the gateway's own grammar knows no answer."""

from __future__ import annotations

from typing import Annotated, Literal, Protocol

import msgspec
from msgspec import Meta

from ..language.house import House
from ..language.intent import Intent

Provider = Literal["openai", "anthropic"]


class AssistantForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person sets. A key that is left out or masked stays as it was; an empty one is taken away."""

    provider: Provider = "openai"
    model: Annotated[str, Meta(max_length=100)] = ""
    """Empty: the provider's usual one."""
    key: Annotated[str, Meta(max_length=500)] | None = None
    url: Annotated[str, Meta(max_length=500, pattern="^(https?://[!-~]+)?$")] = ""
    """Empty: the provider's own."""
    enabled: bool = False


class AssistantShown(msgspec.Struct, frozen=True, kw_only=True):
    """How it is set up."""

    provider: Provider
    model: str
    key: str
    """The last four characters after an ellipsis; empty: there is none."""
    url: str
    enabled: bool
    used_today: int
    requests_per_day: int
    failure: str = ""
    """Why the last question had no answer; empty: it had one, or there was none."""


class AssistantTested(msgspec.Struct, frozen=True):
    """What came of trying it."""

    ok: bool
    detail: str


class Assistant(Protocol):
    """Only proposes: what it answers is checked like any sentence and read back before anything happens."""

    @property
    def ready(self) -> bool:
        """Enabled, with a key."""

    async def propose(self, text: str, house: House, *, said: str, who: str, way: str) -> Intent | None:
        """What the text may mean; None: it does not know, is not asked, or did not answer. Raises nothing."""

    def shown(self) -> AssistantShown:
        """Without the key."""

    async def put(self, form: AssistantForm, who: str) -> AssistantShown:
        """Set it up. Raises Refused, StoreError."""

    async def test(self) -> AssistantTested:
        """Ask it something small now. Raises nothing."""
