"""The channels people have set up, kept with their secrets sealed."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from ...core.channels import NEEDED, SECRETS, ChannelForm, Way
from ...core.errors import Conflict, GatewayError, NotFound, Refused
from ...core.ports.channel import Channel
from ...core.ports.documents import Documents
from ...core.ports.gatekeeper import Auditor
from ...core.ports.secrets import Secrets
from ...core.rules.actions import Level
from ..collection import read_all
from .outbox import Outbox

_log = logging.getLogger(__name__)
_COLLECTION = "channels"
MOST_CHANNELS = 50
_HIDDEN = "…"
_SHOWN_CHARS = 4
_SHOWN_FROM = 12
"""Of a shorter secret nothing is shown."""


class ChannelShown(msgspec.Struct, frozen=True, kw_only=True):
    """One channel without its secrets."""

    name: str
    way: Way
    """A secret is an ellipsis and its last four characters."""
    levels: tuple[Level, ...]
    escalation: bool
    enabled: bool
    complaint: str = ""
    """What is wrong with it now; empty: nothing."""


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A channel's document. In `way` the secret is as it is shown; `sealed` is it, in base64."""

    way: dict[str, Any]
    sealed: str = ""
    levels: tuple[Level, ...] = ("info", "warning", "alarm")
    escalation: bool = False
    enabled: bool = True


_NAME = msgspec.json.Decoder(Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{0,23}$")])


class ChannelBook:
    """One document a channel. `make`: the channel of a way, under a name; it may raise GatewayError.

    `unmake` is told the name of one that is changed or removed, before another is made in its place. `given`: ways that
    come with the machine, as credentials; a document of the same name goes before.
    """

    def __init__(
        self,
        documents: Documents,
        secrets: Secrets,
        trail: Auditor,
        outbox: Outbox,
        make: Callable[[str, Way], Channel],
        given: Mapping[str, Way] = {},
        unmake: Callable[[str], None] = lambda name: None,
    ) -> None:
        self._documents = documents
        self._secrets = secrets
        self._trail = trail
        self._outbox = outbox
        self._make = make
        self._given = given
        self._unmake = unmake
        self._forms: dict[str, ChannelForm] = {}
        self._sealed: dict[str, str] = {}
        """Secrets of those that are switched off, by name: they are opened, and the library for that is loaded, only
        when they are needed."""
        self._broken: dict[str, str] = {}
        """Why one is not in use, by name."""
        self._changing = asyncio.Lock()

    def load(self) -> None:
        """Read the documents and open what is enabled; what cannot be read or made is a complaint."""
        documents = read_all(self._documents, _COLLECTION, _Kept)
        for name, way in self._given.items():
            if name not in documents:  # what was switched off is not made at all: a bot would hear people
                self._use(name, ChannelForm(way=way))
        for name, kept in documents.items():
            try:
                form = self._form(name, kept)
            except (GatewayError, msgspec.ValidationError) as error:
                _log.error("the channel %s cannot be used: %s", name, error)
                if name in self._given:
                    self._use(name, ChannelForm(way=self._given[name]))
                self._broken[name] = f"it cannot be read: {error}"
            else:
                self._use(name, form)

    def channels(self) -> list[ChannelShown]:
        """By name."""
        return [self._shown(name) for name in sorted(self._forms)]

    def complaints(self) -> Mapping[str, str]:
        """Why channels that are set up are not in use, by part."""
        return {f"channel-{name}": reason for name, reason in self._broken.items()}

    def way(self, name: str) -> Way | None:
        """One with its secret, for whoever uses it; None: there is none of this name. Raises Refused."""
        found = self._forms.get(name)
        if found is not None and name in self._sealed:
            way = _with_secret(found.way, self._unsealed(self._sealed[name]))
            found = self._forms[name] = replace(found, way=way)
            del self._sealed[name]
        return None if found is None else found.way

    async def put(self, name: str, form: ChannelForm, who: str) -> ChannelShown:
        """Set one up anew or change it; it counts at once. Raises Refused, Conflict, StoreError."""
        async with self._changing:
            _check_name(name)
            whole = replace(form, way=self._whole(name, form.way))
            self._check_others(name, whole)
            before = self._forms.get(name)
            self._unmake(name)
            try:
                channel = self._make(name, whole.way) if whole.enabled else None
                await self._documents.put(_COLLECTION, name, msgspec.to_builtins(self._kept(whole)))
            except GatewayError:
                self._unmake(name)
                if before is not None:
                    self._use(name, before)
                raise
            self._forms[name] = whole
            self._sealed.pop(name, None)
            self._broken.pop(name, None)
            self._open(name, channel)
        self._trail.note("channel.set", who, f"{name}: {_kind(whole.way)}{'' if whole.enabled else ', switched off'}")
        return self._shown(name)

    async def remove(self, name: str, who: str) -> None:
        """It is told nothing more, and what waits for it is dropped. Raises NotFound, Conflict, StoreError."""
        async with self._changing:
            known = name in self._forms or name in self._broken
            if not known:
                raise NotFound(f"There is no channel {name}.")
            if name in self._given and name not in self._documents.all(_COLLECTION):
                raise Conflict(f"{name} comes with the machine's credentials: take it away there.")
            await self._documents.delete(_COLLECTION, name)
            self._forms.pop(name, None)
            self._sealed.pop(name, None)
            self._broken.pop(name, None)
            self._unmake(name)
            self._outbox.close(name, drop=True)
            if name in self._given:
                self._use(name, ChannelForm(way=self._given[name]))
        self._trail.note("channel.removed", who, name)

    def forget(self, kind: str, target: str) -> None:
        """Nobody is there any more over channels of this kind, whatever they are called: what waits is dropped."""
        for name, form in self._forms.items():
            if _kind(form.way) == kind:
                self._outbox.close_target(name, target)

    async def test(self, name: str) -> str:
        """Send a line now; what came of it, in words. Raises NotFound, DeliveryFailed."""
        if name not in self._forms:
            raise NotFound(f"There is no channel {name}.")
        if self._outbox.channel(name) is None:
            raise NotFound(f"{name} is not in use: {self._broken.get(name) or 'it is switched off'}.")
        ref = await self._outbox.test(name)
        return f"sent, {name} calls it {ref}" if ref else "sent"

    # How it is done

    def _use(self, name: str, form: ChannelForm) -> None:
        self._forms[name] = form
        channel = None
        if form.enabled:
            try:
                channel = self._make(name, form.way)
            except GatewayError as error:
                _log.error("the channel %s cannot be used: %s", name, error)
                self._broken[name] = str(error)
        self._open(name, channel)

    def _open(self, name: str, channel: Channel | None) -> None:
        if channel is None:
            self._outbox.close(name)
        else:
            self._outbox.open(channel)

    def _whole(self, name: str, way: Way) -> Way:
        """With the secret that it has already, where it is left out or as it was shown."""
        field = SECRETS[_kind(way)]
        said = str(getattr(way, field))
        if said and not said.startswith(_HIDDEN):
            return way
        before = self.way(name)
        if before is not None and _kind(before) == _kind(way):
            return _with_secret(way, str(getattr(before, field)))
        if said or _kind(way) in NEEDED:
            raise Refused(f"The {field} of {name} is missing.")
        return way

    def _check_others(self, name: str, form: ChannelForm) -> None:
        if name not in self._forms and len(self._forms) >= MOST_CHANNELS:
            raise Conflict(f"There are {MOST_CHANNELS} channels; remove one first.")
        if _kind(form.way) == "telegram":
            others = [one for one, known in self._forms.items() if _kind(known.way) == "telegram" and one != name]
            if others:
                raise Conflict(f"{others[0]} is a bot already: there is one.")

    def _kept(self, form: ChannelForm) -> _Kept:
        way = msgspec.to_builtins(_masked(form.way))
        secret = str(getattr(form.way, SECRETS[_kind(form.way)]))
        sealed = base64.b64encode(self._secrets.seal(secret.encode())).decode() if secret else ""
        return _Kept(way=way, sealed=sealed, levels=form.levels, escalation=form.escalation, enabled=form.enabled)

    def _form(self, name: str, kept: _Kept) -> ChannelForm:
        way: Way = msgspec.convert(kept.way, Way)
        if kept.sealed and kept.enabled:
            way = _with_secret(way, self._unsealed(kept.sealed))
        elif kept.sealed:
            self._sealed[name] = kept.sealed
        return ChannelForm(way=way, levels=kept.levels, escalation=kept.escalation, enabled=kept.enabled)

    def _unsealed(self, sealed: str) -> str:
        return self._secrets.unseal(base64.b64decode(sealed)).decode()

    def _shown(self, name: str) -> ChannelShown:
        form = self._forms[name]
        return ChannelShown(
            name=name,
            way=form.way if name in self._sealed else _masked(form.way),
            levels=form.levels,
            escalation=form.escalation,
            enabled=form.enabled,
            complaint=self._broken.get(name, "") or self._outbox.complaint(name),
        )


def _kind(way: Way) -> str:
    return str(way.__struct_config__.tag)


def _masked(way: Way) -> Way:
    secret = str(getattr(way, SECRETS[_kind(way)]))
    if not secret:
        return way
    return _with_secret(way, _HIDDEN + (secret[-_SHOWN_CHARS:] if len(secret) >= _SHOWN_FROM else ""))


def _with_secret(way: Way, secret: str) -> Way:
    return replace(way, **{SECRETS[_kind(way)]: secret})


def _check_name(name: str) -> None:
    try:
        _NAME.decode(msgspec.json.encode(name))
    except msgspec.ValidationError as error:
        raise Refused("A channel's name has up to 24 small letters, digits and hyphens.") from error
