"""A mail server on loopback that does as it was told; it keeps what it has taken."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable


class MailServer:
    """`answers`: what it says instead of 250 by the first word of the command (`RCPT`, `DATA`, `.` for the end of a
    message, `AUTH`, `HELLO` for the greeting); None: it hangs up there."""

    def __init__(self, answers: dict[str, str | None] | None = None, tls: ssl.SSLContext | None = None) -> None:
        self.answers = answers or {}
        self.tls = tls
        self.taken: list[bytes] = []
        self.recipients: list[str] = []
        self.users: list[tuple[str, str]] = []
        self.port = 0

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[MailServer]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def say(key: str, usual: str) -> bool:
            """Whether it goes on."""
            said = self.answers.get(key, usual)
            if said is not None:
                writer.write(said.encode() + b"\r\n")
            return said is not None

        if not say("HELLO", "220 mail.test"):
            return
        while line := await reader.readline():
            verb, _, rest = line.decode().strip().partition(" ")
            verb = verb.upper()
            if verb == "EHLO":
                offers = ["mail.test", *(["STARTTLS"] if self.tls is not None else []), "AUTH PLAIN"]
                writer.write("".join(f"250-{offer}\r\n" for offer in offers).encode() + b"250 SIZE 1000000\r\n")
            elif verb == "STARTTLS":
                writer.write(b"220 go ahead\r\n")
                await writer.drain()
                await writer.start_tls(self.tls)
            elif verb == "AUTH":
                user, password = base64.b64decode(rest.split()[1]).decode().split("\0")[1:]
                self.users.append((user, password))
                if not say("AUTH", "235 welcome"):
                    return
            elif verb == "DATA":
                if not say("DATA", "354 go on"):
                    return
                if self.answers.get("DATA") is None and not await self._message(reader, say):
                    return
            elif verb == "QUIT":
                writer.write(b"221 bye\r\n")
                return
            elif not say(verb, "250 fine"):
                return
            elif verb == "RCPT":
                self.recipients.append(rest)

    async def _message(self, reader: asyncio.StreamReader, say: Callable[[str, str], bool]) -> bool:
        content = await reader.readuntil(b"\r\n.\r\n")
        self.taken.append(content.removesuffix(b"\r\n.\r\n"))
        return say(".", "250 taken")
