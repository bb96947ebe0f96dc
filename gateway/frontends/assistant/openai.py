"""OpenAI's Chat Completions, and whatever speaks the same: structured output by a strict JSON schema."""

from __future__ import annotations

import msgspec

from ...core.ports.outside import Answer
from .question import MOST_TOKENS, NoAnswer, Question, Request, Told


class _Message(msgspec.Struct):
    content: str | None = None
    refusal: str | None = None


class _Choice(msgspec.Struct):
    message: _Message
    finish_reason: str | None = None


class _Usage(msgspec.Struct):
    total_tokens: int = 0


class _Completion(msgspec.Struct):
    choices: list[_Choice]
    usage: _Usage | None = None


class OpenAI:
    """Fulfils `Wire`."""

    url = "https://api.openai.com"
    model = "gpt-5.4-mini"

    def request(self, question: Question, model: str, key: str) -> Request:
        """Wire: POST /v1/chat/completions."""
        body = {
            "messages": [
                {"role": "system", "content": question.system},
                {"role": "user", "content": question.user},
            ],
            "model": model,
            "max_completion_tokens": MOST_TOKENS,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "intent", "strict": True, "schema": question.schema},
            },
        }
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        return Request("/v1/chat/completions", headers, msgspec.json.encode(body))

    def told(self, answer: Answer) -> Told:
        """Wire: the first choice, unless it refuses or was cut off."""
        try:
            completion = msgspec.json.decode(answer.body, type=_Completion)
        except msgspec.MsgspecError as error:
            raise NoAnswer("what it answered cannot be read") from error
        if not completion.choices:
            raise NoAnswer("it answered nothing")
        choice = completion.choices[0]
        if choice.message.refusal or choice.finish_reason == "content_filter":
            raise NoAnswer("it refused to answer")
        if choice.finish_reason == "length":
            raise NoAnswer("its answer was cut off")
        content = (choice.message.content or "").encode()
        return Told(content, completion.usage.total_tokens if completion.usage else 0)
