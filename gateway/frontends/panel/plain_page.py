"""Pages for when the real one cannot be: no script, nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from html import escape

from aiohttp import web

_STYLE = (
    "body{font:1rem/1.6 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem;color:#1b1f24}"
    "code{background:#eef1f4;padding:.1em .35em;border-radius:.25em}a{color:#0b5cad}"
    "@media(prefers-color-scheme:dark){body{background:#14181d;color:#e4e8ec}code{background:#252b32}a{color:#7db7f0}}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def plain_page(title: str, paragraphs: list[str], status: int = 200) -> web.Response:
    """A small page; `paragraphs` are HTML, the title is text."""
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>{body}</body></html>"
    )
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
    return web.Response(text=html, content_type="text/html", status=status, headers=headers)
