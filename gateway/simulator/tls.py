"""TLS as a node does it: one pinned CA, small buffers."""

from __future__ import annotations

import ssl
from asyncio import sslproto

_READ_BYTES = 16 * 1024


def pinned_context(ca_pem: str) -> ssl.SSLContext:
    """A client context that trusts this CA and no other; share it between links. ValueError when it is not a PEM."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cadata=ca_pem)
    except ssl.SSLError as error:
        raise ValueError("this is not a CA certificate in PEM form") from error
    # The CA is long-lived and starts at a fixed past date; a private CA without a key usage extension is still ours.
    context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
    return context


def blind_context() -> ssl.SSLContext:
    """A context that believes anybody: only to fetch the CA itself, on loopback or on a person's word."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def shrink_tls_buffers() -> None:
    """Make every later TLS connection of this process read in 16 KiB pieces.

    asyncio sets 256 KiB aside for each connection, which is 50 MB for 200 nodes; there is no argument for it.
    """
    sslproto.SSLProtocol.max_size = _READ_BYTES
