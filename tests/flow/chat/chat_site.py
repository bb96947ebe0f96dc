"""A furnished house that can be spoken with; everything in memory, nodes obey."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

from gateway.core.access import Scope
from gateway.core.commands import CommandStatus
from gateway.core.home import Asset, AssetKind, FanTraits, Relation
from gateway.core.ports.store import Bucket
from gateway.flow.chat.chat import Chat
from gateway.flow.chat.parts import ChatParts, HouseParts, RuleTalkParts
from gateway.flow.chat.said import FollowUp, Reply, Said
from gateway.flow.trail import Trail
from tests.flow.rules.rule_site import RuleSite, turns

MANNERS = SimpleNamespace(enabled=True, act_at_once=True, night_from="22:00", night_to="06:00")


class Past:
    """History as buckets, as a test wrote it."""

    def __init__(self) -> None:
        self.found: list[Bucket] = []

    async def buckets(self, device: str, metric: str, from_ms: int, to_ms: int, step_ms: int) -> list[Bucket]:
        return [one for one in self.found if from_ms <= one.time_ms < to_ms]


class ChatSite(RuleSite):
    """Two rooms with windows, a bathroom with a fan that airs it, a boiler, a fern, the air outside."""

    def __init__(self, **options: Any) -> None:
        self.past = Past()
        self.more: Mapping[str, Any] = {}
        super().__init__(**options)

    def restart(self) -> None:
        super().restart()
        self.heard: list[FollowUp] = []
        self.bus.on(FollowUp, self.heard.append)
        self.number_said = 0
        self.chat = self.made()

    def made(self, **changed: Any) -> Chat:
        """Chat on everything there is, but what is `changed`."""
        ruled = self.part.parts()
        rules = RuleTalkParts(
            rules=ruled.rules,
            scenes=ruled.scenes,
            live=ruled.live,
            timers=ruled.timers,
            backtest=ruled.backtest,
            archive=cast(Any, self.store),
            names=ruled.names,
            doing=self.part.doing,
        )
        house = HouseParts(
            registry=cast(Any, self.able),
            home=self.home,
            assignments=self.assignments,
            values=self.values,
            plants=self.plants,
            watch=self.watch,
            commands=self.commands,
            shadows=self.shadows,
            history=cast(Any, self.past),
        )
        given: dict[str, Any] = {
            "settings": MANNERS,
            "house": house,
            "bus": self.bus,
            "trail": Trail(self.storage, self.bus, self.clock),
            "clock": self.clock,
            "clock_known": lambda: self.keeper.known,
            "zone": ruled.names.site_zone,
            "sun": True,
            "rules": rules,
            **self.more,
            **changed,
        }
        return Chat(ChatParts(**given))

    async def furnished(self) -> ChatSite:
        """Everything stands, and every node is there."""
        await self.zone("upstairs", "Upstairs")
        for asset, name in (("bathroom", "Bathroom"), ("bedroom", "Bedroom"), ("living-room", "Living room")):
            await self.room(asset, name, "upstairs")
        await self.asset(AssetKind.WATER_HEATER, "boiler", "Boiler", "upstairs", "hot water")
        await self.asset(AssetKind.OUTDOOR, "outdoors", "Outdoors", "upstairs")
        serves = (Relation("serves", "bathroom"),)
        await self.home.put_asset(
            Asset("bathroom-fan", "Bathroom fan", FanTraits(), "upstairs", ("fan",), serves), new=True
        )
        await self.plant("fern", "upstairs", soil_moisture=(20.0, 90.0))
        for device, kind, asset, name in (
            ("climate", "climate", "bathroom", "Bathroom climate"),
            ("bedroom-window", "window", "bedroom", "Bedroom window"),
            ("living-room-window", "window", "living-room", "Living room window"),
            ("bath-fan", "fan", "bathroom-fan", "Bathroom fan"),
            ("boiler", "heater", "boiler", "Boiler"),
            ("fern", "plant", "fern", "Fern"),
            ("weather", "climate", "outdoors", "Weather"),
        ):
            self.able.add(device, name, simulated=device == "climate", kind=kind)
            await self.assignments.assign(device, asset, "anna")
            self.join(device)
        await self.start()
        return self

    async def ask(self, text: str, **said: Any) -> Reply:
        """A sentence of Anna's, who may move things."""
        self.number_said += 1
        given: dict[str, Any] = {
            "id": f"say-{self.number_said}",
            "who": "anna",
            "scope": Scope.OPERATE,
            "way": "api",
            "talk": "token/anna",
            "at_ms": self.clock(),
            **said,
        }
        reply = await self.chat.say(Said(text=text, **given))
        await self.turn()
        return reply

    def done(self, device: str) -> list[tuple[str, dict[str, object], CommandStatus]]:
        """What a device was asked for, oldest first."""
        return [(one.verb, one.args, one.status) for one in reversed(self.commands.of(device))]


async def chat_site(**options: Any) -> ChatSite:
    """One that stands."""
    return await ChatSite(**options).furnished()


__all__ = ["ChatSite", "chat_site", "turns"]
