"""A mailbox, over an SMTP server."""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr

from ...core.channels import EmailWay
from ...core.delivery import Parcel
from ...core.ports.channel import DeliveryFailed, NotSent, Perhaps, Rate, Rejected, Shut
from .answers import Blind, first_line, shortened
from .own_thread import in_own_thread

_TIMEOUT_S = 30.0
_PLAIN = SMTP.clone(cte_type="7bit")
"""Not every mail server takes letters with umlauts as they are."""
_BAD_CREDENTIALS = (530, 534, 535, 538)


class EmailChannel(Blind):
    """A target an address: what one mail server refuses for one of them stops nobody else's.

    A repetition has the Message-ID of the first one, so that a mailbox may show it once.
    """

    def __init__(self, name: str, way: EmailWay, *, tls: Callable[[], ssl.SSLContext] | None = None) -> None:
        """`tls` is called for each message that needs it."""
        self.name = name
        self.rate = Rate(each_s=1.0, target_per_min=20)
        self._way = way
        self._tls = tls or ssl.create_default_context

    async def targets(self) -> tuple[str, ...]:
        """Channel: the addresses, without the names beside them."""
        return tuple(dict.fromkeys(parseaddr(address)[1] for address in self._way.to))

    async def deliver(self, parcel: Parcel, text: str, *, repeat: bool, bare: bool = False) -> str:
        """Channel: the first line is the subject."""
        target = parcel.lane.partition("/")[2]
        message = self._message(parcel, text, target)
        identity = str(message["Message-ID"])
        await in_own_thread(lambda: self._send(message.as_bytes(), target), f"mail-{self.name}")
        return identity

    def _message(self, parcel: Parcel, text: str, target: str) -> EmailMessage:
        message = EmailMessage(policy=_PLAIN)
        message["From"] = self._way.sender
        message["To"] = next((address for address in self._way.to if parseaddr(address)[1] == target), target)
        subject = "".join(char if char.isprintable() else " " for char in first_line(text)[0])
        message["Subject"] = shortened(subject or parcel.title or "Gateway", 200)
        message["Date"] = formatdate()
        domain = parseaddr(self._way.sender)[1].rpartition("@")[2] or "localhost"
        message["Message-ID"] = f"<{hashlib.sha256(parcel.id.encode()).hexdigest()[:32]}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        if parcel.level == "alarm":
            message["Importance"] = "high"
        message.set_content(text + "\n")
        return message

    def _send(self, content: bytes, target: str) -> None:
        """In a thread. Raises DeliveryFailed."""
        try:
            server = self._connect()
        except (OSError, smtplib.SMTPException) as error:
            raise _before(error) from error
        try:
            self._hand_over(server, content, target)
        finally:
            server.close()

    def _connect(self) -> smtplib.SMTP:
        """Connected, encrypted and known. Raises OSError, SMTPException."""
        way = self._way
        server: smtplib.SMTP
        if way.security == "tls":
            server = smtplib.SMTP_SSL(way.host, way.port, timeout=_TIMEOUT_S, context=self._tls())
        else:
            server = smtplib.SMTP(way.host, way.port, timeout=_TIMEOUT_S)
        try:
            if way.security == "starttls":
                server.starttls(context=self._tls())
            if way.user:
                server.login(way.user, way.password)
            else:
                server.ehlo_or_helo_if_needed()
        except (OSError, smtplib.SMTPException):
            server.close()
            raise
        return server

    def _hand_over(self, server: smtplib.SMTP, content: bytes, target: str) -> None:
        """Until its DATA is over nothing has been taken; from its first byte on nobody knows before the answer."""
        try:
            _expect(server.mail(parseaddr(self._way.sender)[1]), 250)
            _expect(server.rcpt(target), 250, 251)
            _expect(server.docmd("DATA"), 354)
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            raise _before(error) from error
        try:
            server.send(_dotted(content))
            answer = server.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise Perhaps(f"the mail server stopped answering: {type(error).__name__}") from error
        _expect(answer, 250)
        try:
            server.docmd("QUIT")
        except (OSError, smtplib.SMTPException):
            return  # it has the message: how it says goodbye is its own matter


def _expect(answer: tuple[int, bytes], *right: int) -> None:
    """Raises NotSent for a 4xx, Rejected or Shut for a 5xx."""
    code, words = answer
    if code not in right:
        raise _refusal(code, words)


def _refusal(code: int, words: bytes | str) -> DeliveryFailed:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    why = f"the mail server said {code} {shortened(' '.join(text.split()), 200)}"
    if code in _BAD_CREDENTIALS:
        return Shut(why, whole=True)
    return Rejected(why) if code >= 500 else NotSent(why)


def _before(error: Exception) -> DeliveryFailed:
    """What it means when the message had not been handed over yet."""
    match error:
        case smtplib.SMTPConnectError():
            return NotSent(f"the mail server answered {error.smtp_code} when it was called")
        case smtplib.SMTPResponseException():
            return _refusal(error.smtp_code, error.smtp_error)
        case smtplib.SMTPNotSupportedError():
            return Shut(f"the mail server cannot do what is set: {error}", whole=True)
        case UnicodeError():
            return Rejected("the mail server takes no address with such letters")
        case ssl.SSLCertVerificationError():
            return NotSent(f"the mail server's certificate is not trusted: {error.verify_message}")
        case _:
            return NotSent(f"the mail server cannot be reached: {error or type(error).__name__}")


def _dotted(content: bytes) -> bytes:
    """As it goes over the wire: lines end in CRLF, a dot that begins one is doubled, one alone ends it (RFC 5321)."""
    lines = content.replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n")
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines) + b"\r\n.\r\n"
