"""How the assistant is set up: one document, its key sealed."""

from __future__ import annotations

import base64
import binascii
import logging

import msgspec

from ...core.addresses import check_url
from ...core.errors import Refused
from ...core.ports.assistant import AssistantForm, Provider
from ...core.ports.documents import Documents
from ...core.ports.secrets import Secrets

_log = logging.getLogger(__name__)
_COLLECTION, _NAME = "assistant", "settings"
_MASK = "…"


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The document. `sealed` is base64."""

    provider: Provider = "openai"
    model: str = ""
    url: str = ""
    enabled: bool = False
    sealed: str = ""


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """What is set; the key is plain and only in memory."""

    provider: Provider = "openai"
    model: str = ""
    url: str = ""
    enabled: bool = False
    key: str = ""

    def __repr__(self) -> str:
        return f"Chosen({self.provider!r}, key={masked(self.key)!r})"


def masked(key: str) -> str:
    """The last four characters; of a short one none."""
    return "" if not key else _MASK + (key[-4:] if len(key) >= 12 else "")


class Settings:
    """What a person has set."""

    def __init__(self, documents: Documents, secrets: Secrets) -> None:
        self._documents = documents
        self._secrets = secrets
        self.chosen = Chosen()

    def load(self) -> str:
        """Read the document; why its key cannot be used, or an empty text."""
        document = self._documents.all(_COLLECTION).get(_NAME)
        if document is None:
            return ""
        try:
            kept = msgspec.convert(document, _Kept)
        except msgspec.ValidationError as error:
            _log.error("the assistant's settings cannot be read: %s", error)
            return "its settings cannot be read; set it up again"
        key, failure = "", ""
        try:
            if kept.sealed:
                key = self._secrets.unseal(base64.b64decode(kept.sealed, validate=True)).decode()
        except (Refused, binascii.Error, UnicodeDecodeError):
            failure = "its key was sealed with another server key; give it again"
        self.chosen = Chosen(provider=kept.provider, model=kept.model, url=kept.url, enabled=kept.enabled, key=key)
        return failure

    async def put(self, form: AssistantForm) -> None:
        """Check and keep it. Raises Refused, StoreError; then nothing changed."""
        if form.url:
            check_url(form.url)
        before = self.chosen
        key = form.key
        if key is None or key.startswith(_MASK):
            if before.key and (form.provider, form.url) != (before.provider, before.url):
                raise Refused("The key is given to another provider or address: give it again.")
            key = before.key
        key = key.strip()
        if not key.isprintable() or not key.isascii():
            raise Refused("key holds something that no key does.")
        if form.enabled and not key:
            raise Refused("Without a key the assistant cannot be enabled.")
        sealed = base64.b64encode(self._secrets.seal(key.encode())).decode() if key else ""
        kept = _Kept(
            provider=form.provider, model=form.model.strip(), url=form.url, enabled=form.enabled, sealed=sealed
        )
        await self._documents.put(_COLLECTION, _NAME, msgspec.to_builtins(kept))
        self.chosen = Chosen(provider=kept.provider, model=kept.model, url=kept.url, enabled=kept.enabled, key=key)
