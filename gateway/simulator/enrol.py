"""Registering over the gateway's HTTP API, as any node does. Blocking: call it in a thread."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import ssl
from typing import Any
from urllib.parse import urlsplit

import msgspec

from ..core.errors import ConfigError, Refused
from .connection import Unreachable

_TIMEOUT_S = 15.0
_LARGEST_ANSWER = 256 * 1024


class Request(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a node says about itself."""

    mac_address: str
    firmware_version: str
    capabilities: dict[str, Any]
    token: str | None = None


class Broker(msgspec.Struct, frozen=True):
    """Where the node is to connect."""

    host: str
    port: int
    tls: bool


class Registration(msgspec.Struct, frozen=True):
    """What a node gets and must keep."""

    device_id: str
    mqtt_username: str
    mqtt_password: str
    mqtt: Broker
    ca_pem: str


class Claim(msgspec.Struct, frozen=True):
    """A registration that waits for a person; ask again after `retry_after_s`."""

    claim: str
    retry_after_s: float = 5.0


class _Problem(msgspec.Struct, frozen=True):
    title: str = ""
    detail: str = ""


class Api:
    """The gateway's HTTP side at one address. `tls` is what an https address needs."""

    def __init__(self, url: str, tls: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigError(f"{url!r} is not an address like https://gateway.local:8443")
        if parts.scheme == "https" and tls is None:
            raise ConfigError(f"{url} needs the gateway's CA certificate")
        self.host = parts.hostname
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._tls = tls if parts.scheme == "https" else None

    def register(self, request: Request, last: Registration | None = None) -> Registration | Claim:
        """Register; a Claim when a person has to approve it first.

        `last`: the credentials it had. They prove to a gateway that has given it another device's place who asks; one
        that knows nothing of that refuses them, and is asked again without.

        Raises Refused when the gateway says no, Unreachable when another try may help.
        """
        path, body = "/api/devices/register", msgspec.json.encode(request)
        if last is not None:
            status, said = self.call("POST", path, body, authorization=_basic(last))
            if status != 401:
                return _answer(status, said)
        return _answer(*self.call("POST", path, body))

    def collect(self, claim: Claim) -> Registration | Claim:
        """Ask whether the claim was approved; raises as `register` does."""
        return _answer(*self.call("GET", f"/api/devices/register/{claim.claim}"))

    def call(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        authorization: str = "",
        largest: int = _LARGEST_ANSWER,
    ) -> tuple[int, bytes]:
        """(status, at most `largest` bytes of the body) of one request.

        Raises Unreachable, or Refused when the server is not the pinned one.
        """
        if self._tls is not None:
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                self.host, self._port, timeout=_TIMEOUT_S, context=self._tls
            )
        else:
            connection = http.client.HTTPConnection(self.host, self._port, timeout=_TIMEOUT_S)
        try:
            headers = {"Content-Type": "application/json"} if body is not None else {}
            if authorization:
                headers["Authorization"] = authorization
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read(largest)
        except ssl.SSLCertVerificationError as error:
            raise Refused(f"the gateway's certificate is not one of ours: {error.verify_message}") from error
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(str(error) or type(error).__name__) from error
        finally:
            connection.close()


def _basic(known: Registration) -> str:
    words = f"{known.mqtt_username}:{known.mqtt_password}".encode()
    return f"Basic {base64.b64encode(words).decode()}"


def _answer(status: int, body: bytes) -> Registration | Claim:
    try:
        if status == 202:
            return msgspec.json.decode(body, type=Claim)
        if status in (200, 201):
            return msgspec.json.decode(body, type=Registration)
    except msgspec.DecodeError as error:
        raise Unreachable(f"the gateway's answer makes no sense: {error}") from error
    raise refusal(status, body)


def refusal(status: int, body: bytes) -> Refused | Unreachable:
    """What an answer that is none says: no, or that another try may help."""
    try:
        problem = msgspec.json.decode(body, type=_Problem)
    except msgspec.DecodeError:
        problem = _Problem()
    words = problem.detail or problem.title or f"HTTP status {status}"
    return Unreachable(words) if status == 429 or status >= 500 else Refused(words)


def mac_address(*parts: str | int) -> str:
    """A locally administered MAC address that follows from `parts`."""
    digest = hashlib.sha256(json.dumps(parts).encode()).digest()
    octets = bytes(((digest[0] & 0xFC) | 0x02, *digest[1:6]))
    return octets.hex(":")
