"""The Bot API by python-telegram-bot, over the gateway's own way outside. The only importer of `telegram`, and loaded
in a thread only when there is a token: it takes a third of a second and some 20 MB.

Its `Bot` and its types are used with a `BaseRequest` of our own, which is a supported seam. Failures leave here as
those of core/ports/channel; what tells "surely not sent" from "perhaps" is known only to whoever made the connection.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn, TypeVar

import msgspec
from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    MaybeInaccessibleMessage,
    Message,
    Update,
    User,
)
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, TelegramError
from telegram.request import BaseRequest, RequestData

from ...core.errors import GatewayError
from ...core.ports.channel import NotSent, Perhaps, Rejected, Shut, Slower
from ...core.ports.outside import Outside, Unanswered, Unreached
from .envelope import Envelope, encoded, unpacked
from .heard import Buttons, Elsewhere, Heard, Me, Moved, Place, Probe

_log = logging.getLogger(__name__)
# At DEBUG the library writes down addresses with the token in them.
logging.getLogger("telegram").setLevel(logging.INFO)
_ASK_S = 20.0
_PICTURE_S = 60.0
_BLOCKED_AGAIN_S = 6 * 3600.0
_ALLOWED = ("message", "callback_query", "my_chat_member")
_GONE = ("chat not found", "user is deactivated", "not enough rights", "chat_write_forbidden", "peer_id_invalid")
_MISSING = ("message to edit not found", "message_id_invalid")
_Result = TypeVar("_Result")


_updates = msgspec.json.Decoder(list[dict[str, Any]])


class _Wire(BaseRequest):
    """Requests of `Bot` on our way outside. What raises here comes out as the cause of a NetworkError."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    @property
    def read_timeout(self) -> float:
        """Seconds."""
        return _ASK_S

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close: the way outside is somebody else's."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = BaseRequest.DEFAULT_NONE,
        write_timeout: object = BaseRequest.DEFAULT_NONE,
        connect_timeout: object = BaseRequest.DEFAULT_NONE,
        pool_timeout: object = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Status and body. Raises Unreached, Unanswered, Slower."""
        kind, body = encoded(request_data)
        timeout_s = float(read_timeout) if isinstance(read_timeout, int | float) else _ASK_S
        answer = await self._outside.request(
            method, url, headers={"Content-Type": kind} if body else None, body=body, timeout_s=timeout_s
        )
        envelope = unpacked(answer)
        return answer.status, self._fit(answer.body, envelope)

    def _fit(self, body: bytes, envelope: Envelope) -> bytes:
        return body


class _UpdatesWire(_Wire):
    """The same for updates: one that the library cannot read must not keep the others from being read, for ever."""

    def _fit(self, body: bytes, envelope: Envelope) -> bytes:
        if not envelope.ok:
            return body
        return msgspec.json.encode({"ok": True, "result": [_readable(one) for one in _updates.decode(envelope.result)]})


def _readable(update: dict[str, Any]) -> dict[str, Any]:
    try:
        heard(Update.de_json(dict(update)))
    except Exception:  # noqa: BLE001 - per-message isolation: what a stranger makes Telegram send must not stop the bot
        _log.exception("an update of Telegram cannot be read; it is passed over")
        return {"update_id": update["update_id"]}
    return update


class BotApi:
    """What the gateway does with one bot.

    All of it may raise NotSent (surely not done), Slower (the same, and wait), Perhaps (not known), Rejected (never as
    it is) and Shut (of this chat, or `whole`: of the bot).
    """

    def __init__(self, token: str, api_url: str, outside: Outside) -> None:
        self._bot = Bot(
            token,
            base_url=f"{api_url.rstrip('/')}/bot",
            request=_Wire(outside),
            get_updates_request=_UpdatesWire(outside),
        )

    async def me(self) -> Me:
        """Who the bot is: the first question, which tells whether the token is right."""
        user: User = await _asked(self._bot.get_me)
        return Me(user.id, user.username or "")

    async def send(self, chat: int, text: str, buttons: Buttons = ()) -> int:
        """A message; its id. Raises Moved, too."""
        message: Message = await _asked(
            lambda: self._bot.send_message(
                chat, text, reply_markup=_keyboard(buttons), link_preview_options=LinkPreviewOptions(is_disabled=True)
            )
        )
        return message.message_id

    async def photo(self, chat: int, png: bytes, caption: str, buttons: Buttons = ()) -> int:
        """A picture; the message's id."""
        message: Message = await _asked(
            lambda: self._bot.send_photo(
                chat,
                png,
                caption=caption,
                filename="history.png",
                reply_markup=_keyboard(buttons),
                read_timeout=_PICTURE_S,
            )
        )
        return message.message_id

    async def edit(self, chat: int, message: int, text: str, buttons: Buttons = ()) -> None:
        """Another text and other buttons for a message of the bot; as they are already is well, too."""
        try:
            await _asked(
                lambda: self._bot.edit_message_text(
                    text,
                    chat,
                    message,
                    reply_markup=_keyboard(buttons),
                    link_preview_options=LinkPreviewOptions(is_disabled=True),
                )
            )
        except Rejected as rejected:
            if "not modified" not in str(rejected).casefold():
                raise

    async def set_buttons(self, chat: int, message: int, buttons: Buttons) -> Probe:
        """Give a message these buttons: what comes of it tells whether it had just these already."""
        try:
            await _asked(
                lambda: self._bot.edit_message_reply_markup(chat, message, reply_markup=_keyboard(buttons)), shuts=False
            )
        except Rejected as rejected:
            said = str(rejected).casefold()
            if "message is not modified" in said:
                return "same"
            if "message can't be edited" in said:
                return "others"
            return "missing" if any(words in said for words in _MISSING) else "unknown"
        return "changed"

    async def answer(self, query: str, text: str = "") -> None:
        """End the waiting of a pressed button. That it fails harms nobody: it may be too old."""
        try:
            await _asked(lambda: self._bot.answer_callback_query(query, text[:200] or None), shuts=False)
        except GatewayError as error:
            _log.debug("a press was not answered: %s", error)

    async def updates(self, offset: int | None, timeout_s: int, limit: int = 50) -> list[Heard]:
        """What has been said since; waits for it. Confirms all below `offset`. Raises Elsewhere, too."""
        updates: tuple[Update, ...] = await _asked(
            lambda: self._bot.get_updates(offset, limit, timeout_s, allowed_updates=_ALLOWED, read_timeout=_ASK_S - 5)
        )
        return [heard(update) for update in updates]

    def read(self, body: bytes) -> Heard:
        """An update that Telegram has pushed. Raises msgspec.DecodeError, KeyError for what is none."""
        return heard(Update.de_json(_readable(msgspec.json.decode(body, type=dict[str, Any]))))

    async def set_commands(self, commands: tuple[tuple[str, str], ...]) -> None:
        """What Telegram offers when a person types a slash: (command, words)."""
        await _asked(lambda: self._bot.set_my_commands([BotCommand(*one) for one in commands]), shuts=False)

    async def call_here(self, url: str, secret: str) -> None:
        """Updates are pushed to an address from now on."""
        await _asked(
            lambda: self._bot.set_webhook(url, allowed_updates=_ALLOWED, max_connections=1, secret_token=secret)
        )

    async def call_nowhere(self) -> None:
        """Updates are asked for from now on; those that wait stay."""
        await _asked(lambda: self._bot.delete_webhook(drop_pending_updates=False), shuts=False)


async def _asked(ask: Callable[[], Awaitable[_Result]], *, shuts: bool = True) -> _Result:
    """`shuts`: whether 401 and 404 mean that the token is wrong. Small servers of the Bot API lack some methods."""
    try:
        return await ask()
    except TelegramError as error:
        _translate(error, shuts)
    except (LookupError, TypeError, ValueError) as error:
        # It was answered with ok: so it was done, but what was done is not readable.
        raise Perhaps(f"the Bot API's answer cannot be read: {type(error).__name__}") from error


def _translate(error: TelegramError, shuts: bool) -> NoReturn:
    said = error.message.removeprefix("Bad Request: ").removeprefix("Forbidden: ")
    match error, error.__cause__:
        case _, Slower() as slower:
            raise slower
        case _, Unreached() as cause:
            raise NotSent(str(cause)) from error
        case _, Unanswered() as cause:
            raise Perhaps(str(cause)) from error
        case ChatMigrated(), _:
            raise Moved(error.new_chat_id) from error
        case Conflict(), _:
            raise Elsewhere(error.message) from error
        case InvalidToken(), _ if shuts:
            raise Shut("Telegram does not know the bot's token", whole=True) from error
        case Forbidden(), _:
            raise Shut(said, _BLOCKED_AGAIN_S) from error
        case BadRequest(), _ if any(words in said.casefold() for words in _GONE):
            raise Shut(said, _BLOCKED_AGAIN_S) from error
        case ((BadRequest() | InvalidToken()), _):
            raise Rejected(said) from error
        case _:
            raise Perhaps(f"Telegram has a fault of its own: {said}") from error


def heard(update: Update) -> Heard:
    """What of an update counts here."""
    if update.callback_query is not None:
        query = update.callback_query
        where = _where(query.message)
        return Heard(
            update=update.update_id,
            kind="press",
            query=query.id,
            data=query.data or "",
            **_whose(query.from_user),
            **where,
        )
    if update.my_chat_member is not None:
        change = update.my_chat_member
        left = change.new_chat_member.status in ("left", "kicked")
        return Heard(
            update=update.update_id,
            kind="blocked" if left else "unblocked",
            chat=change.chat.id,
            place=_place(change.chat.type),
            title=change.chat.title or "",
            **_whose(change.from_user),
        )
    message = update.message
    if message is None or message.from_user is None:
        return Heard(update=update.update_id)
    answered = message.reply_to_message
    return Heard(
        update=update.update_id,
        kind="text" if message.text else "other",
        text=message.text or "",
        borrowed=message.forward_origin is not None
        or (answered is not None and answered.from_user is not None and not answered.from_user.is_bot),
        answers=answered.from_user.id if answered is not None and answered.from_user is not None else 0,
        by_bot=message.via_bot is not None or message.from_user.is_bot,
        **_whose(message.from_user),
        **_where(message),
    )


def _whose(user: User) -> dict[str, Any]:
    return {"person": user.id, "name": user.full_name[:60]}


def _where(message: MaybeInaccessibleMessage | None) -> dict[str, Any]:
    if message is None:
        return {}
    # The library gives a message that is too old to be shown the year 1970.
    sent_s = int(message.date.timestamp())
    place = {"chat": message.chat.id, "place": _place(message.chat.type), "title": message.chat.title or ""}
    return {**place, "message": message.message_id, "sent_s": max(0, sent_s)}


def _place(kind: str) -> Place:
    return "private" if kind == "private" else "group" if kind in ("group", "supergroup") else "other"


def _keyboard(buttons: Buttons) -> InlineKeyboardMarkup | None:
    if not buttons:
        return None
    return InlineKeyboardMarkup([[InlineKeyboardButton(words, callback_data=data)] for words, data in buttons])
