"""Conversations: a sentence comes in, what it means is answered, asked or done."""

from __future__ import annotations

from ...core.language.intent import Understood
from .said import ChatSnapshot, Reply, Said


class Chat:
    """One for the whole gateway; every conversation by its `talk`."""

    async def say(self, said: Said) -> Reply:
        """Answer it. Raises nothing for what was said; what cannot be stored becomes words."""
        raise NotImplementedError

    async def parse(self, text: str) -> Understood:
        """What it means, without remembering or doing anything."""
        raise NotImplementedError

    def snapshot(self) -> ChatSnapshot:
        """For metrics."""
        raise NotImplementedError
