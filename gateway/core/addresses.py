"""Which addresses are in the house. Pure."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from .errors import Refused

_AT_HOME = (".local", ".lan", ".home", ".home.arpa", ".internal", ".fritz.box", ".localdomain")


def at_home(host: str) -> bool:
    """A private address, or a name that no public name server knows."""
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        name = host.casefold().rstrip(".")
        return "." not in name or name.endswith(_AT_HOME)
    return address.is_private or address.is_loopback or address.is_link_local


def check_url(url: str) -> None:
    """Raises Refused where a secret or what happens at home would go over the internet in the clear."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port  # raises for one that cannot be
    except ValueError as error:
        raise Refused("url is not an address.") from error
    if parts.scheme not in ("http", "https") or not host:
        raise Refused("url is not an address of the web.")
    if parts.username is not None or parts.password is not None:
        raise Refused("url holds a name or a password; they do not belong there.")
    if parts.scheme != "https" and not at_home(host):
        raise Refused("Outside of the house only https is used.")
