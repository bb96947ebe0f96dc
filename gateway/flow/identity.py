"""What a device is called: its normal MAC address, its assigned id, its first name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ..core.errors import Refused

_MAC = re.compile(r"[0-9a-f]{2}([:-]?)[0-9a-f]{2}(\1[0-9a-f]{2}){4}")
_WORD_CHARS = 26
_NAME_CHARS = 80
RESERVED = frozenset({"register"})
"""What stands in the API where ids do."""


def normal_mac(text: str) -> str:
    """`aa:bb:cc:dd:ee:ff` of a MAC address in any usual form. Raises Refused when it is none, or not one device's."""
    lowered = text.strip().lower()
    if _MAC.fullmatch(lowered) is None:
        raise Refused("mac_address must look like aa:bb:cc:dd:ee:ff.")
    digits = lowered.replace(":", "").replace("-", "")
    if digits in ("0" * 12, "f" * 12):
        raise Refused("mac_address must be one device's own address.")
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


def assign_id(word: str, mac: str, taken: Callable[[str], bool]) -> str:
    """A free device id from a kind or name and the end of the MAC, such as `window-a1b2c3`."""
    base = re.sub(r"[^a-z0-9]+", "-", word.lower())[:_WORD_CHARS].strip("-") or "node"
    return next(candidate for candidate in _candidates(base, mac.replace(":", "")) if not taken(candidate))


def _candidates(base: str, digits: str) -> Iterator[str]:
    for length in (6, 12):
        yield f"{base}-{digits[-length:]}"
    number = 2
    while True:
        yield f"node-{digits}-{number}"
        number += 1


def given_name(text: str) -> str:
    """A name a person may give: one line, not empty, bounded. Raises Refused."""
    name = " ".join(text.split())
    if not name or len(name) > _NAME_CHARS or not name.isprintable():
        raise Refused(f"A name has 1 to {_NAME_CHARS} readable characters.")
    return name


def may_be_mistaken(account: str, device_id: str) -> bool:
    """Whether a program's account could connect under this device's client id (NAME or NAME-…)."""
    return device_id == account or device_id.startswith(account + "-")
