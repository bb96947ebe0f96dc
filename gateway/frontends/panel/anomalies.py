"""What was not as usual, as episodes; and what people say of them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from ...core.insight import Verdict
from ...flow.home import Home
from .insight_shown import EpisodeShown
from .insight_view import InsightView
from .names import DeviceId, EpisodeId, Instant, PlaceId
from .parts import InsightParts
from .routes import Route, Who
from .times import from_text
from .typed import Asked, NoBody, NoQuery, op


class EpisodesQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Which episodes; without anything the newest 100 of all places."""

    asset: PlaceId = ""
    device: DeviceId = ""
    from_: Instant = ""
    to: Instant = ""
    """Any of it lies between these."""
    state: Literal["open", "closed"] | UnsetType = UNSET
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 100
    before: EpisodeId = ""
    """Only those older than the episode with this id."""


class EpisodeList(msgspec.Struct, frozen=True):
    """Answer to GET /api/anomalies, newest first."""

    episodes: list[EpisodeShown]
    more: bool
    """There are older ones: ask for those `before` the last one here."""


class FeedbackBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of POST /api/anomalies/{episode}/feedback: `normal`, it is nothing; `right`, it was good to know."""

    verdict: Literal["normal", "right"]


class Anomalies:
    """The anomalies resource."""

    def __init__(self, insight: InsightParts, home: Home) -> None:
        self._episodes = insight.episodes
        self._view = InsightView(insight, home)

    def routes(self) -> list[Route]:
        """What is served."""
        path = "/anomalies/{episode}"
        return [
            op("GET", "/anomalies", Who.READ, self._list, "What was not as usual, newest first"),
            op("GET", path, Who.READ, self._get, "One episode with everything that belongs to it"),
            op("POST", path + "/feedback", Who.OPERATE, self._judge, "Say what an episode was"),
            op("DELETE", path + "/feedback", Who.OPERATE, self._undo, "Take back what was said of an episode"),
        ]

    async def _list(self, asked: Asked[EpisodesQuery, NoBody]) -> EpisodeList:
        """With `state=open` those that go on."""
        query = asked.query
        # What goes on is among what is found, and then left out.
        most = query.limit + 1 + (len(self._episodes.open()) if query.state == "closed" else 0)
        found = await self._episodes.history(
            asset=query.asset,
            device=query.device,
            from_ms=from_text(query.from_, "from") if query.from_ else None,
            to_ms=from_text(query.to, "to") if query.to else None,
            open_only=query.state == "open",
            limit=most,
            before=query.before,
        )
        if query.state == "closed":
            found = [episode for episode in found if not episode.is_open]
        shown = [self._view.episode(episode) for episode in found[: query.limit]]
        return EpisodeList(shown, len(found) > query.limit)

    async def _get(self, asked: Asked[NoQuery, NoBody]) -> EpisodeShown:
        return self._view.episode(await self._episodes.get(asked.path["episode"]))

    async def _judge(self, asked: Asked[NoQuery, FeedbackBody]) -> EpisodeShown:
        """What is called normal closes, and from then on it takes more at that series. The last word counts."""
        verdict = Verdict(asked.body.verdict)
        return self._view.episode(await self._episodes.judge(asked.path["episode"], verdict, asked.caller.name))

    async def _undo(self, asked: Asked[NoQuery, NoBody]) -> EpisodeShown:
        """It is as if nobody had said anything. 409: nobody has."""
        return self._view.episode(await self._episodes.undo(asked.path["episode"], asked.caller.name))
