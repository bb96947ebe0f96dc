"""What an HTTP answer means for a message that was posted."""

from __future__ import annotations

from typing import Literal

import msgspec

from ...core.ports.channel import NotSent, Perhaps, Rejected, Shut, Slower
from ...core.ports.outside import Answer, Outside, Unanswered, Unreached

_USUAL_PAUSE_S = 30.0
_LONGEST_PAUSE_S = 86_400.0
_GONE_AGAIN_S = 3600.0
_FOR_GOOD = (401, 410)
"""Wrong credentials, and gone for ever: what else says that nobody is there may be a server that is set up anew."""
_WORDS = 200
"""Characters of the other side's own words that are worth keeping."""


class _Said(msgspec.Struct):
    """What services put into an error; each has its own of these."""

    message: str = ""
    error: str = ""
    retry_after: float | None = None
    """Seconds (Discord)."""


async def posted(
    outside: Outside,
    url: str,
    body: bytes,
    headers: dict[str, str],
    *,
    gone: tuple[int, ...] = (401, 403, 404, 410),
    timeout_s: float = 20.0,
) -> Answer:
    """Post JSON; the answer, which is 2xx. `gone`: what says that the address or the credentials are no good.

    Raises NotSent, Slower, Perhaps, Rejected, Shut.
    """
    try:
        answer = await outside.request(
            "POST", url, headers={"Content-Type": "application/json", **headers}, body=body, timeout_s=timeout_s
        )
    except Unreached as error:
        raise NotSent(str(error)) from error
    except Unanswered as error:
        raise Perhaps(str(error)) from error
    _judge(answer, gone)
    return answer


def _judge(answer: Answer, gone: tuple[int, ...]) -> None:
    """Raises what deliver raises, unless it arrived."""
    status = answer.status
    if 200 <= status < 300:
        return
    said = _said(answer.body)
    why = f"it answered {status}{f': {said.message or said.error}'[:_WORDS] if said.message or said.error else ''}"
    if status == 429 or (status == 503 and "retry-after" in answer.headers):
        raise Slower(why, _pause_s(answer, said))
    if status in gone:
        raise Shut(why, None if status in _FOR_GOOD else _GONE_AGAIN_S, whole=True)
    if status >= 500:
        raise Perhaps(why)  # a proxy may say so after the service has taken it
    if status in (408, 425):
        raise NotSent(why)
    if status < 400:
        elsewhere = f"{why}, that is to go elsewhere; the address must be the right one"
        raise Shut(elsewhere, _GONE_AGAIN_S, whole=True)
    raise Rejected(why)


def _said(body: bytes) -> _Said:
    try:
        return msgspec.json.decode(body, type=_Said, strict=False)
    except msgspec.MsgspecError:
        return _Said()


def _pause_s(answer: Answer, said: _Said) -> float:
    """From the header or the body; a date instead of seconds counts as no word."""
    for text in (said.retry_after, answer.headers.get("retry-after")):
        try:
            pause = float(text) if text is not None else -1.0
        except ValueError:
            continue
        if 0 <= pause < float("inf"):
            return min(pause, _LONGEST_PAUSE_S)
    return _USUAL_PAUSE_S


class Blind:
    """A channel that cannot be asked what has arrived: what may have is sent again and says so."""

    async def find(self, parcel: object, newest: str) -> Literal["unknown"]:
        """Channel: it cannot tell."""
        return "unknown"


def identity(body: bytes) -> str:
    """What the other side calls the message; empty: it does not say."""

    class Named(msgspec.Struct):
        id: str | int = ""

    try:
        return str(msgspec.json.decode(body, type=Named).id)[:100]
    except msgspec.MsgspecError:
        return ""


def shortened(text: str, most: int) -> str:
    """At most so many characters, cut at an ellipsis."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def first_line(text: str) -> tuple[str, str]:
    """(the first line, the others)."""
    head, _, rest = text.strip().partition("\n")
    return head.strip(), rest.strip()
