"""Secrets do not leave by the log."""

from __future__ import annotations

import re

_SECRETS = (
    re.compile(r"(?i)((?:password|passwd|secret|token|api_?key|encryption_key)[\"']?\s*[:=]\s*[\"']?)[^\s\"',&}]+"),
    re.compile(r"(?i)(\b(?:bearer|basic) +)[\w.~+/=-]{8,}"),
    re.compile(r"(?i)([?&#](?:code|token|key)=)[^\s&\"']+"),
    re.compile(r"()(?<![\w/-])(?=[\w-]*\d)(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{43}(?![\w/-])"),  # 256 bits, URL-safe
)


def without_secrets(text: str) -> str:
    """The text with everything masked that looks like a password, a token or a key."""
    for pattern in _SECRETS:
        text = pattern.sub(r"\1…", text)
    return text
