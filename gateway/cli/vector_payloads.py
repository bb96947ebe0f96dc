"""Vectors about names, topics, rights and payloads: what a case says and whether the gateway agrees."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable

import msgspec

from ..core import access, codec, shapes, topics
from ..core.commands import read_ack
from ..core.errors import ProtocolError, Unreadable
from ..core.messages import Sample, Vitals
from ..core.mqtt.filters import check_filter, check_topic
from ..core.shadow import read_reported


class Case(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One case; its name says the fact."""

    name: str

    def failure(self) -> str:
        """What the gateway does differently; empty when it agrees."""
        raise NotImplementedError


class PayloadCase(Case, kw_only=True):
    """A case with a payload, as text in UTF-8 or as base64."""

    text: str | None = None
    base64: str | None = None

    @property
    def payload(self) -> bytes:
        """The bytes a node would publish."""
        if self.base64 is not None:
            return base64.b64decode(self.base64, validate=True)
        return (self.text or "").encode()


class NameCase(Case, kw_only=True):
    """Whether a text may be a device id, a metric, a topic name or a topic filter."""

    of: str
    value: str
    valid: bool

    def failure(self) -> str:
        """See Case."""
        return "" if _NAMES[self.of](self.value) == self.valid else f"{self.value!r} is valid: {not self.valid}"


class ParsedTopic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A node's topic taken apart."""

    device: str
    what: str
    metric: str = ""


class TopicCase(Case, kw_only=True):
    """What a topic says; null: it is not one that a node publishes."""

    topic: str
    parsed: ParsedTopic | None

    def failure(self) -> str:
        """See Case."""
        found = topics.parse(self.topic)
        seen = None if found is None else ParsedTopic(found.device, found.what, found.metric)
        return "" if seen == self.parsed else f"is {seen}"


class AccessCase(Case, kw_only=True):
    """Whether a caller may connect as, publish to, subscribe to or receive something."""

    kind: access.Kind
    who: str
    scope: access.Scope = access.Scope.READ
    may: str
    value: str
    external: bool = False
    allowed: bool

    def failure(self) -> str:
        """See Case."""
        answer = _RIGHTS[self.may](access.Principal(self.kind, self.who, self.scope), self.value, self.external)
        return "" if answer == self.allowed else f"{self.who} may {self.may} {self.value!r}: {answer}"


class ExpectedSample(msgspec.Struct, forbid_unknown_fields=True):
    """One reading set. `bits` are the values as big-endian IEEE-754 in hex, which no rounding can hide."""

    values: dict[str, float]
    bits: dict[str, str]
    timestamp_ms: int | None = None
    boot: str | None = None
    seq: int | None = None
    uptime_ms: int | None = None

    def failure(self, found: Sample) -> str:
        """How `found` differs; empty when it does not."""
        bits = {metric: struct.pack(">d", value).hex() for metric, value in found.values.items()}
        if bits != self.bits or found.values != self.values:
            return f"values are {found.values}, bits {bits}"
        identity = (self.timestamp_ms, self.boot, self.seq, self.uptime_ms)
        seen = (found.timestamp_ms, found.boot, found.seq, found.uptime_ms)
        return "" if seen == identity else f"timestamp_ms, boot, seq, uptime_ms are {seen}"


class TelemetryCase(PayloadCase, kw_only=True):
    """The reading sets of a telemetry payload; each must also survive being written and read again."""

    samples: list[ExpectedSample]

    def failure(self) -> str:
        """See Case."""
        try:
            found = codec.decode_telemetry(self.payload)
        except Unreadable as error:
            return f"refused: {error}"
        if len(found) != len(self.samples):
            return f"{len(found)} samples"
        again = [codec.decode_telemetry(codec.encode_telemetry(sample))[0] for sample in found]
        pairs = [*zip(self.samples, found, strict=True), *zip(self.samples, again, strict=True)]
        return next((failure for wanted, sample in pairs if (failure := wanted.failure(sample))), "")


class BareCase(PayloadCase, kw_only=True):
    """The reading of a bare-value topic."""

    metric: str
    sample: ExpectedSample

    def failure(self) -> str:
        """See Case."""
        try:
            return self.sample.failure(codec.decode_bare(self.metric, self.payload))
        except Unreadable as error:
            return f"refused: {error}"


class HeartbeatCase(PayloadCase, kw_only=True):
    """What a heartbeat says."""

    vitals: Vitals

    def failure(self) -> str:
        """See Case."""
        try:
            found = codec.decode_heartbeat(self.payload)
        except Unreadable as error:
            return f"refused: {error}"
        return "" if found == self.vitals else f"is {found}"


class StatusCase(PayloadCase, kw_only=True):
    """What a status says."""

    online: bool

    def failure(self) -> str:
        """See Case."""
        try:
            return "" if codec.decode_status(self.payload) == self.online else "is the opposite"
        except Unreadable as error:
            return f"refused: {error}"


class RefusalCase(PayloadCase, kw_only=True):
    """A payload that must be refused, with the class of its fault and a text its reason must contain."""

    of: str
    """The topic's part after the id, or `sensor` for a bare value of `metric`."""
    metric: str = "temperature"
    fault: str
    says: str = ""

    def failure(self) -> str:
        """See Case."""
        try:
            self._read()
        except Unreadable as error:
            right = error.fault == self.fault and self.says in str(error)
            return "" if right else f"refused as {error.fault}: {error}"
        return "is accepted"

    def _read(self) -> None:
        if self.of == "sensor":
            codec.decode_bare(self.metric, self.payload)
        elif self.of in _DECODERS:
            _DECODERS[self.of](self.payload)
        else:
            shapes.check(self.of, self.payload)
            _MEANINGS.get(self.of, bytes)(self.payload)


def _obeys(check: Callable[[str], None], text: str) -> bool:
    try:
        check(text)
    except ProtocolError:
        return False
    return True


_NAMES: dict[str, Callable[[str], bool]] = {
    "device_id": lambda text: topics.DEVICE_ID.fullmatch(text) is not None,
    "metric": lambda text: topics.METRIC.fullmatch(text) is not None,
    "topic": lambda text: _obeys(check_topic, text),
    "filter": lambda text: _obeys(check_filter, text),
}
_RIGHTS: dict[str, Callable[[access.Principal, str, bool], bool]] = {
    "connect": lambda who, client, external: access.may_connect(who, client),
    "publish": access.may_publish,
    "subscribe": lambda who, wanted, external: access.may_subscribe(who, wanted),
    "receive": lambda who, topic, external: access.may_receive(who, topic),
}
_DECODERS: dict[str, Callable[[bytes], object]] = {
    "telemetry": codec.decode_telemetry,
    "heartbeat": codec.decode_heartbeat,
    "status": codec.decode_status,
}
_MEANINGS: dict[str, Callable[[bytes], object]] = {
    "command/ack": read_ack,
    "shadow/reported": read_reported,
}
