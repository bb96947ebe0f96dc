"""amqtt plugins that wait before they answer."""

import asyncio
from dataclasses import dataclass

from amqtt.contexts import Action
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin


class SlowAuth(BaseAuthPlugin):
    @dataclass
    class Config:
        pass

    async def authenticate(self, *, session):
        await asyncio.sleep(0.01)
        return session.username != "wrong"


class SlowTopics(BaseTopicPlugin):
    @dataclass
    class Config:
        pass

    async def topic_filtering(self, *, session=None, topic=None, action=None):
        async with asyncio.timeout(1):
            await asyncio.sleep(0.01)
        if action == Action.RECEIVE:
            return "secret" not in topic
        return not topic.startswith("forbidden")


class Broken(BaseTopicPlugin):
    @dataclass
    class Config:
        pass

    async def topic_filtering(self, *, session=None, topic=None, action=None):
        raise RuntimeError("a plugin's mistake")
