"""The gateway's CA certificate, and how to trust it."""

from __future__ import annotations

import ssl

from aiohttp import web

from .parts import PanelSettings
from .plain_page import plain_page
from .problems import Problem
from .routes import Caller, Route, Who

_HOW = [
    "This gateway has a certificate authority of its own. Trust it once on each phone and computer, and the panel "
    "opens without warnings, can be installed as an app and may use the camera.",
    '<a href="/ca.crt">Get the certificate</a> (the same as text: <a href="/ca.pem">ca.pem</a>).',
    "<b>Android</b>: Settings, Security, More, Encryption &amp; credentials, Install a certificate, CA certificate.",
    "<b>iPhone, iPad</b>: open it, then Settings, General, VPN &amp; Device Management, install; then General, About, "
    "Certificate Trust Settings, switch it on.",
    "<b>Windows</b>: open it, Install, Local machine, Trusted Root Certification Authorities.",
    "<b>macOS</b>: open it in Keychain Access and set it to Always Trust.",
    "<b>Linux</b>: copy ca.pem to <code>/usr/local/share/ca-certificates/edge-gateway.crt</code> and run "
    "<code>update-ca-certificates</code>; Firefox and Chromium import it in their own settings.",
    "Compare its SHA-256 fingerprint with the one that <code>gateway run</code> prints when it starts.",
]


class Certificate:
    """/ca, /ca.pem and /ca.crt."""

    def __init__(self, settings: PanelSettings) -> None:
        self._pem = settings.ca_pem

    def routes(self) -> list[Route]:
        """What is served."""
        return [
            Route("GET", "/ca", Who.OPEN, self._page, api=False),
            Route("GET", "/ca.pem", Who.OPEN, self._as_pem, api=False),
            Route("GET", "/ca.crt", Who.OPEN, self._as_der, api=False),
        ]

    async def _page(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        self._needed()
        return plain_page("Trust this gateway", _HOW)

    async def _as_pem(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        return web.Response(body=self._needed().encode(), content_type="application/x-pem-file")

    async def _as_der(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        der = ssl.PEM_cert_to_DER_cert(self._needed().strip())
        return web.Response(body=der, content_type="application/x-x509-ca-cert")

    def _needed(self) -> str:
        if not self._pem:
            raise Problem(404, "This gateway runs without a certificate authority.")
        return self._pem
