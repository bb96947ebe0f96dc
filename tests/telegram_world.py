"""Chats, messages and updates as Telegram keeps them for one bot, and what people do there."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import defaultdict, deque
from collections.abc import Callable

import msgspec

from tests.telegram_steps import TOKEN, Json, Taken, Wrong, buttons_of, member_of


class TelegramWorld:
    """What is there whether or not its server answers."""

    def __init__(self, *, token: str = TOKEN, seed: int = 1, now_s: Callable[[], float] = time.time) -> None:
        self.token, self.now_s = token, now_s
        self.ledger: list[Taken] = []
        """In the order in which people have seen them."""
        self.edits: list[tuple[int, int, str]] = []
        """(chat, message, new text; empty when only its buttons were changed)."""
        self.messages: dict[tuple[int, int], Json] = {}
        self.blocked: set[int] = set()
        """Chats in which the bot may not write any more."""
        self.migrated: dict[int, int] = {}
        """Groups that became supergroups."""
        self._random = random.Random(seed)
        self._counters: dict[str, int] = defaultdict(lambda: 1000)
        self._chats: dict[int, Json] = {}
        self._updates: list[Json] = []
        self._confirmed: deque[Json] = deque(maxlen=100)
        self._next_update = self._random.randrange(100_000_000, 900_000_000)
        self._news = asyncio.Event()

    def jump_ids(self, update_id: int) -> None:
        """After a week without an update Telegram goes on with any number."""
        self._next_update = update_id

    def lose_updates(self) -> None:
        """Telegram keeps them for 24 hours."""
        self._updates.clear()

    # --- people

    def chat(self, chat: int, kind: str = "private", title: str = "") -> None:
        """The bot has been spoken to there, so that it may write."""
        self._chats[chat] = {"id": chat, "type": kind, **({"title": title} if title else {"first_name": f"P{chat}"})}

    def write(
        self,
        person: int,
        text: str,
        *,
        chat: int | None = None,
        name: str = "Anna",
        at: float | None = None,
        **more: object,
    ) -> int:
        """Somebody writes to the bot; the update's id. Without `chat`: to the bot alone."""
        where = person if chat is None else chat
        if where not in self._chats:
            self.chat(where, "private" if chat is None else "group", "" if chat is None else "Home")
        message = {
            "message_id": self._message_id(where),
            "date": int(self.now_s() if at is None else at),
            "chat": self._chats[where],
            "from": {"id": person, "is_bot": False, "first_name": name},
            "text": text,
            **more,
        }
        if text.startswith("/"):
            length = len(text.split()[0])
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
        self.messages[where, message["message_id"]] = message
        return self._update({"message": message})

    def press(self, person: int, message: Taken, data: str, *, name: str = "Anna") -> int:
        """Somebody presses a button by what it sends; the update's id. The message may have been changed since."""
        known = self.messages.get((message.chat, message.id))
        query: Json = {
            "id": str(self._random.randrange(10**17)),
            "from": {"id": person, "is_bot": False, "first_name": name},
            "chat_instance": "1",
            "data": data,
        }
        if known is None:
            query["message"] = {"message_id": message.id, "date": 0, "chat": self._chats[message.chat]}
        else:
            query["message"] = known
        return self._update({"callback_query": query})

    def block(self, person: int, *, blocked: bool = True) -> int:
        """Somebody blocks the bot, or takes that back; the update's id."""
        self.blocked.add(person) if blocked else self.blocked.discard(person)
        bot = {"id": int(self.token.split(":")[0]), "is_bot": True, "first_name": "Home"}
        was, now = ("member", "kicked") if blocked else ("kicked", "member")
        changed = {
            "chat": self._chats[person],
            "from": {"id": person, "is_bot": False, "first_name": "Anna"},
            "date": int(self.now_s()),
            "old_chat_member": member_of(was, bot),
            "new_chat_member": member_of(now, bot),
        }
        return self._update({"my_chat_member": changed})

    def texts(self, chat: int | None = None) -> list[str]:
        """What people have seen, in order, as it was when it was sent."""
        return [sent.text for sent in self.ledger if chat in (None, sent.chat)]

    def last(self, chat: int | None = None) -> Taken:
        """The newest message of the bot."""
        return [sent for sent in self.ledger if chat in (None, sent.chat)][-1]

    def shown(self, message: Taken) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Text and buttons of a message as they are by now."""
        known = self.messages[message.chat, message.id]
        return known.get("text", known.get("caption", "")), buttons_of(known.get("reply_markup"))

    @property
    def waiting(self) -> int:
        """Updates that nobody has confirmed."""
        return len(self._updates)

    # --- what it knows

    def _may_write(self, asked: Json) -> int:
        chat = int(asked["chat_id"])
        if chat in self.migrated:
            description = "Bad Request: group chat was upgraded to a supergroup chat"
            raise Wrong(400, description, {"migrate_to_chat_id": self.migrated[chat]})
        if chat in self.blocked:
            raise Wrong(403, "Forbidden: bot was blocked by the user")
        if chat not in self._chats:
            raise Wrong(400, "Bad Request: chat not found")
        return chat

    def _message_id(self, chat: int) -> int:
        # Private chats and basic groups of a bot share one counter, supergroups have their own.
        name = str(chat) if self._chats[chat]["type"] == "supergroup" else "shared"
        self._counters[name] += 1
        return self._counters[name]

    def _sent(self, chat: int, content: Json, asked: Json, taken: Taken) -> Json:
        markup = asked.get("reply_markup")
        buttons = buttons_of(markup)
        if any(not 1 <= len(data.encode()) <= 64 for _, data in buttons):
            raise Wrong(400, "Bad Request: BUTTON_DATA_INVALID")
        message: Json = {
            "message_id": self._message_id(chat),
            "date": int(self.now_s()),
            "chat": self._chats[chat],
            "from": {"id": int(self.token.split(":")[0]), "is_bot": True, "first_name": "Home"},
            **content,
        }
        if buttons:
            message["reply_markup"] = markup
        self.messages[chat, message["message_id"]] = message
        now_s = asyncio.get_running_loop().time()
        self.ledger.append(msgspec.structs.replace(taken, id=message["message_id"], buttons=buttons, at=now_s))
        return message

    def _own(self, asked: Json) -> Json:
        message = self.messages.get((int(asked["chat_id"]), int(asked["message_id"])))
        if message is None:
            raise Wrong(400, "Bad Request: message to edit not found")
        if not message["from"]["is_bot"]:
            raise Wrong(400, "Bad Request: message can't be edited")
        return message

    def _edited(self, message: Json, asked: Json, text: str | None) -> Json:
        buttons = buttons_of(asked.get("reply_markup"))
        same_text = text is None or text == message.get("text")
        if same_text and buttons == buttons_of(message.get("reply_markup")):
            raise Wrong(
                400,
                "Bad Request: message is not modified: specified new message content and reply markup are exactly "
                "the same as a current content and reply markup of the message",
            )
        if text is not None:
            message["text"] = text
        message.pop("reply_markup", None)
        if buttons:
            message["reply_markup"] = asked["reply_markup"]
        self.edits.append((message["chat"]["id"], message["message_id"], text or ""))
        return message

    def _update(self, content: Json) -> int:
        update = {"update_id": self._next_update, **json.loads(json.dumps(content))}
        self._next_update += 1
        self._updates.append(update)
        self._news.set()
        return int(update["update_id"])

    def _confirm(self, updates: list[Json]) -> None:
        self._confirmed.extend(updates)
        self._updates = [update for update in self._updates if update not in updates]
