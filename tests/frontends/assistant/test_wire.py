"""What goes over the wire is what the providers' own libraries send, and what comes back is what they can read."""

from __future__ import annotations

import json

import pytest

from gateway.backends.outside import HttpOutside
from gateway.core.ports.assistant import Provider
from gateway.core.ports.outside import Answer
from gateway.frontends.assistant.asking import WIRES, KeyRefused, ask
from gateway.frontends.assistant.prompt import question
from gateway.frontends.assistant.proposed import read
from gateway.frontends.assistant.question import MOST_TOKENS, NoAnswer, Question
from gateway.frontends.assistant.settings import Chosen
from gateway.simulator.site import demo_site
from gateway.simulator.site_house import house_of
from tests.frontends.assistant.cloud import KEY, NOTHING, Cloud

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
PROVIDERS: tuple[Provider, ...] = ("openai", "anthropic")


def _question() -> Question:
    return question("it feels stuffy in the bedroom", house_of(demo_site()))


async def _ours(cloud: Cloud, provider: Provider) -> None:
    outside = HttpOutside()
    try:
        told = await ask(outside, Chosen(provider=provider, url=cloud.url, key=KEY), _question(), 10)
    finally:
        await outside.close()
    assert json.loads(told.content) == NOTHING
    assert told.tokens == 960
    assert read(told.content).kind == "none"


def _same(cloud: Cloud, *headers: str) -> None:
    (our_path, our_headers, our_body), (their_path, their_headers, their_body) = cloud.asked
    assert (our_path, our_body) == (their_path, their_body)
    ours = {name.lower(): value for name, value in our_headers.items()}
    theirs = {name.lower(): value for name, value in their_headers.items()}
    for name in headers:
        assert ours[name] == theirs[name]


async def test_openais_own_library_sends_the_same_and_reads_the_same() -> None:
    from openai import AsyncOpenAI

    asked = _question()
    async with Cloud().running() as cloud:
        await _ours(cloud, "openai")
        async with AsyncOpenAI(api_key=KEY, base_url=f"{cloud.url}/v1", max_retries=0) as client:
            completion = await client.chat.completions.create(
                model=WIRES["openai"].model,
                messages=[{"role": "system", "content": asked.system}, {"role": "user", "content": asked.user}],
                max_completion_tokens=MOST_TOKENS,
                response_format={
                    "type": "json_schema",
                    "json_schema": {"name": "intent", "strict": True, "schema": asked.schema},
                },
            )
        assert json.loads(completion.choices[0].message.content or "") == NOTHING
        _same(cloud, "authorization", "content-type")


async def test_anthropics_own_library_sends_the_same_and_reads_the_same() -> None:
    from anthropic import AsyncAnthropic

    asked = _question()
    async with Cloud().running() as cloud:
        await _ours(cloud, "anthropic")
        async with AsyncAnthropic(api_key=KEY, base_url=cloud.url, max_retries=0) as client:
            message = await client.messages.create(
                model=WIRES["anthropic"].model,
                max_tokens=MOST_TOKENS,
                system=asked.system,
                messages=[{"role": "user", "content": asked.user}],
                tools=[
                    {"name": "intent", "description": "What the sentence means.", "input_schema": asked.schema},
                ],
                tool_choice={"type": "tool", "name": "intent"},
            )
        assert message.content[0].input == NOTHING
        _same(cloud, "authorization", "anthropic-version", "content-type")


def test_the_usual_models_are_ones_that_their_libraries_know() -> None:
    import typing

    from anthropic.types.model import Model
    from openai.types.shared.chat_model import ChatModel

    assert WIRES["openai"].model in typing.get_args(ChatModel)
    literal = next(one for one in typing.get_args(Model) if one is not str)
    assert WIRES["anthropic"].model in typing.get_args(literal)


def test_the_schema_is_one_that_strict_output_takes() -> None:
    """Every object names all its keys as required and allows no others (OpenAI's structured output)."""
    found = []

    def walk(node: object) -> None:
        if isinstance(node, dict):
            if "properties" in node:
                found.append(node)
                assert set(node["required"]) == set(node["properties"])
                assert node["additionalProperties"] is False
            for child in node.values():
                walk(child)

    walk(_question().schema)
    assert len(found) == 3


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("reason", ["refusal", "length"])
async def test_a_refusal_or_a_cut_answer_is_none(provider: Provider, reason: str) -> None:
    async with Cloud().running() as cloud:
        cloud.reason = reason
        with pytest.raises(NoAnswer):
            await _ours(cloud, provider)


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"choices": [], "content": []}',
        b'{"choices": 3, "content": 3}',
        b"\xff",
        b"x" * 300_000,
    ],
)
def test_nonsense_is_no_answer(provider: Provider, body: bytes) -> None:
    with pytest.raises(NoAnswer):
        WIRES[provider].told(Answer(200, {}, body))


async def test_an_answer_that_is_far_too_long_is_none() -> None:
    async with Cloud().running() as cloud:
        cloud.says = {**NOTHING, "device": "x" * 300_000}
        with pytest.raises(NoAnswer, match="too long"):
            await _ours(cloud, "openai")


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_a_key_that_is_not_taken_is_told_from_other_failures(provider: Provider) -> None:
    outside = HttpOutside()
    async with Cloud().running() as cloud:
        with pytest.raises(KeyRefused):
            await ask(outside, Chosen(provider=provider, url=cloud.url, key="sk-wrong"), _question(), 10)
        cloud.status = 429
        with pytest.raises(NoAnswer, match="Rate limit") as raised:
            await ask(outside, Chosen(provider=provider, url=cloud.url + "/v1/", key=KEY), _question(), 10)
        assert not isinstance(raised.value, KeyRefused)
        cloud.status, cloud.cut = 200, True
        with pytest.raises(NoAnswer):
            await ask(outside, Chosen(provider=provider, url=cloud.url, key=KEY), _question(), 10)
    await outside.close()


def test_names_go_out_and_nothing_that_was_measured() -> None:
    asked = _question()
    assert "bedroom-window" in asked.system
    assert "sleeping room" in asked.system
    assert asked.user == "it feels stuffy in the bedroom"
    assert "threshold" not in asked.system
