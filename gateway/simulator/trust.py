"""Which CA to believe when first talking to a gateway."""

from __future__ import annotations

import ipaddress
import ssl
from pathlib import Path
from urllib.parse import urlsplit

from ..core.errors import ConfigError
from .connection import Unreachable
from .enrol import Api
from .tls import blind_context, pinned_context


def is_loopback(host: str) -> bool:
    """Whether nobody can stand between us and this host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def api_for(url: str, ca_file: Path | None, first_use: bool) -> Api:
    """The API at `url`, trusted for a reason: a CA file, loopback, or a person who accepts the CA it shows.

    Raises ConfigError when there is no reason, Unreachable when the CA cannot be fetched. Blocking.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https":
        if not is_loopback(host):
            raise ConfigError(f"{url} is not encrypted: use https, passwords come back over it")
        return Api(url)
    return Api(url, _trusted(url, host, ca_file, first_use))


def _trusted(url: str, host: str, ca_file: Path | None, first_use: bool) -> ssl.SSLContext:
    if ca_file is not None:
        return pinned_file(ca_file)
    if not is_loopback(host) and not first_use:
        raise ConfigError(f"name the gateway's CA with --ca FILE; {url}/ca.pem has it, compare its fingerprint")
    status, body = Api(url, blind_context()).call("GET", "/ca.pem")
    if status != 200:
        raise Unreachable(f"{url}/ca.pem: HTTP status {status}")
    try:
        return pinned_context(body.decode("ascii", "replace"))
    except ValueError as error:
        raise ConfigError(f"{url}/ca.pem: {error}") from error


def pinned_file(ca_file: Path) -> ssl.SSLContext:
    """A context that trusts the CA in a file. Raises ConfigError."""
    try:
        return pinned_context(ca_file.read_text("ascii"))
    except OSError as error:
        raise ConfigError(f"{ca_file}: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"{ca_file}: this is not a CA certificate in PEM form") from error
