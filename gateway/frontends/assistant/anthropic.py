"""Anthropic's Messages: structured output by one tool that must be used."""

from __future__ import annotations

import msgspec

from ...core.ports.outside import Answer
from .question import MOST_TOKENS, NoAnswer, Question, Request, Told

_VERSION = "2026-10-21"
_TOOL = "intent"


class _Block(msgspec.Struct):
    type: str
    name: str = ""
    input: msgspec.Raw = msgspec.Raw(b"null")


class _Usage(msgspec.Struct):
    input_tokens: int = 0
    output_tokens: int = 0


class _Message(msgspec.Struct):
    content: list[_Block]
    stop_reason: str | None = None
    usage: _Usage | None = None


class Anthropic:
    """Fulfils `Wire`."""

    url = "https://api.anthropic.com"
    model = "claude-haiku-4-5"

    def request(self, question: Question, model: str, key: str) -> Request:
        """Wire: POST /v1/messages."""
        body = {
            "max_tokens": MOST_TOKENS,
            "messages": [{"role": "user", "content": question.user}],
            "model": model,
            "system": question.system,
            "tool_choice": {"type": "tool", "name": _TOOL},
            "tools": [
                {"name": _TOOL, "description": "What the sentence means.", "input_schema": question.schema},
            ],
        }
        headers = {
            "Authorization": f"Bearer {key}",
            "anthropic-version": _VERSION,
            "Content-Type": "application/json",
        }
        return Request("/v1/messages", headers, msgspec.json.encode(body))

    def told(self, answer: Answer) -> Told:
        """Wire: the input of the tool, unless it refuses or was cut off."""
        try:
            message = msgspec.json.decode(answer.body, type=_Message)
        except msgspec.MsgspecError as error:
            raise NoAnswer("what it answered cannot be read") from error
        if message.stop_reason == "refusal":
            raise NoAnswer("it refused to answer")
        if message.stop_reason == "max_tokens":
            raise NoAnswer("its answer was cut off")
        used = [block for block in message.content if block.type == "tool_use" and block.name == _TOOL]
        if len(used) != 1:
            raise NoAnswer("it answered nothing" if not used else "it answered more than once")
        usage = message.usage or _Usage()
        return Told(bytes(used[0].input), usage.input_tokens + usage.output_tokens)
