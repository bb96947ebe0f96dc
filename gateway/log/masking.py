"""Secrets do not leave by the log."""

from __future__ import annotations

import re

_SECRETS = (
    re.compile(r"(?i)((?:password|passwd|secret|token|api_?key|encryption_key)[\"']?\s*[:=]\s*[\"']?)[^\s\"',&}]+"),
    re.compile(r"(?i)(\b(?:bearer|basic) +)[\w.~+/=-]{8,}"),
    re.compile(r"(?i)([?&#](?:code|token|key)=)[^\s&\"']+"),
    re.compile(r"(?i)(\bbot)\d{3,20}:[\w-]{20,}"),  # Telegram's token is part of its addresses
    re.compile(r"()(?<![\w:-])\d{6,20}:[\w-]{30,}"),
    re.compile(r"(?i)(/api/webhooks/)[^\s\"']+"),  # Discord's
    re.compile(r"(\bsk-)[\w-]{8,}"),  # keys of language models
    re.compile(r"(?i)(\bx-api-key[\"']?\s*[:=]\s*[\"']?)[^\s\"',&}]+"),
    re.compile(r"()(?<![\w/-])(?=[\w-]*\d)(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{43}(?![\w/-])"),  # 256 bits, URL-safe
)


def without_secrets(text: str) -> str:
    """The text with everything masked that looks like a password, a token or a key."""
    for pattern in _SECRETS:
        text = pattern.sub(r"\1…", text)
    return text
