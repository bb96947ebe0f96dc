"""Reading a collection of documents that people may have edited."""

from __future__ import annotations

import logging
from typing import Annotated, TypeVar

import msgspec

from ..core.ports.documents import Documents

_log = logging.getLogger(__name__)

Fingerprint = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
"""What is kept of a random secret."""

_Kind = TypeVar("_Kind")


def read_all(documents: Documents, collection: str, kind: type[_Kind]) -> dict[str, _Kind]:
    """What the collection holds by key; an unreadable document is left out, loudly."""
    found: dict[str, _Kind] = {}
    for key, document in documents.all(collection).items():
        try:
            found[key] = msgspec.convert(document, kind)
        except msgspec.ValidationError as error:
            _log.error("%s %s is unreadable and not valid any more: %s", collection, key[:12], error)
    return found
