"""Requests and answers of the Bot API as bytes. Pure, but for the dice in a boundary."""

from __future__ import annotations

import secrets
from typing import IO, Protocol

import msgspec

from ...core.ports.channel import Slower
from ...core.ports.outside import Answer, Unanswered

_AFTER_S = 5.0


class Envelope(msgspec.Struct):
    """What every answer of the Bot API looks like."""

    ok: bool
    result: msgspec.Raw = msgspec.Raw()
    description: str = ""
    parameters: dict[str, float] | None = None


_decoder = msgspec.json.Decoder(Envelope)


def unpacked(answer: Answer) -> Envelope:
    """What came back. Raises Unanswered for what is not the Bot API's, such as a hotel's sign-in page; Slower."""
    try:
        envelope = _decoder.decode(answer.body)
    except msgspec.DecodeError:
        if answer.status == 429:
            raise Slower("Telegram takes no more for now", _seconds(answer.headers.get("retry-after"))) from None
        raise Unanswered(f"what answered is not the Bot API (HTTP {answer.status})") from None
    if answer.status == 429:
        # Not left to the library: its RetryAfter warns of its own future when it is made.
        after_s = (envelope.parameters or {}).get("retry_after", _AFTER_S)
        raise Slower("Telegram takes no more for now", after_s)
    if envelope.ok != (answer.status < 300) or (envelope.ok and not bytes(envelope.result)):
        raise Unanswered(f"what answered contradicts itself (HTTP {answer.status})")
    return envelope


class Parameters(Protocol):
    """The part of the library's RequestData that is needed here."""

    contains_files: bool

    @property
    def json_parameters(self) -> dict[str, str]:
        """Each value as JSON; text as it is."""

    @property
    def multipart_data(self) -> dict[str, tuple[str, bytes | IO[bytes], str]]:
        """(file name, content, kind) by part."""

    def url_encoded_parameters(self) -> str:
        """All but files."""


def encoded(data: Parameters | None) -> tuple[str, bytes]:
    """(content type, body) as the Bot API takes them."""
    if data is None:
        return "", b""
    if not data.contains_files:
        return "application/x-www-form-urlencoded", data.url_encoded_parameters().encode()
    boundary = secrets.token_hex(16)
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in data.json_parameters.items()
    ]
    for name, (filename, content, kind) in data.multipart_data.items():
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
        whole = content if isinstance(content, bytes) else content.read()
        parts.append(f"{head}Content-Type: {kind}\r\n\r\n".encode() + whole + b"\r\n")
    return f"multipart/form-data; boundary={boundary}", b"".join([*parts, f"--{boundary}--\r\n".encode()])


def _seconds(text: str | None) -> float:
    return float(text) if text and text.isdigit() else _AFTER_S
