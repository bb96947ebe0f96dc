"""What is where in the home, worked out once after each change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from ..core.home import Asset, Zone


class FloorPlan:
    """Zones within zones, assets in zones and inside assets; `mistakes` of documents that contradict themselves."""

    def __init__(self, zones: Iterable[Zone], assets: Iterable[Asset]) -> None:
        self.mistakes: list[str] = []
        self._zones = {zone.id: zone for zone in zones}
        self._assets = {asset.id: asset for asset in assets}
        self._parents = {zone.id: self._parent(zone) for zone in self._zones.values()}
        self._holders = {asset.id: self._holder(asset) for asset in self._assets.values()}
        self._inside: defaultdict[str, list[Asset]] = defaultdict(list)
        self._in_zone: defaultdict[str, list[Asset]] = defaultdict(list)
        for asset in self._assets.values():
            holder = self._holders[asset.id]
            if holder is not None:
                self._inside[holder].append(asset)
            zone = self.zone_of(asset.id)
            for around in self.lineage(zone) if zone is not None else ():
                self._in_zone[around].append(asset)

    def asset(self, asset_id: str) -> Asset | None:
        """One asset, if there is such."""
        return self._assets.get(asset_id)

    def zone(self, zone_id: str) -> Zone | None:
        """One zone, if there is such."""
        return self._zones.get(zone_id)

    def zone_of(self, asset_id: str) -> str | None:
        """The zone an asset is in: its own, or that of what it is inside of."""
        for around in self.surroundings(asset_id):
            zone = self._assets[around].zone
            if zone is not None and zone in self._zones:
                return zone
        return None

    def in_zone(self, zone_id: str) -> list[Asset]:
        """The assets in a zone and in the zones within it."""
        return self._in_zone.get(zone_id, [])

    def inside(self, asset_id: str) -> list[Asset]:
        """The assets right inside of one."""
        return self._inside.get(asset_id, [])

    def lineage(self, zone_id: str) -> list[str]:
        """A zone and those it lies within, from the inside out."""
        return _chain(zone_id, self._parents)

    def surroundings(self, asset_id: str) -> list[str]:
        """An asset and those it is inside of, from the inside out."""
        return _chain(asset_id, self._holders)

    def _parent(self, zone: Zone) -> str | None:
        if zone.parent is None or zone.parent in self._zones:
            return zone.parent
        self.mistakes.append(f"there is no zone {zone.parent}, in which the zone {zone.id} should lie")
        return None

    def _holder(self, asset: Asset) -> str | None:
        if asset.zone is not None and asset.zone not in self._zones:
            self.mistakes.append(f"there is no zone {asset.zone}, in which the asset {asset.id} should be")
        holder = asset.inside
        if holder is None or holder in self._assets:
            return holder
        self.mistakes.append(f"there is no asset {holder}, inside of which {asset.id} should be")
        return None


def _chain(first: str, next_of: dict[str, str | None]) -> list[str]:
    """From `first` on; a ring, which only an edited document can have, ends where it began."""
    found: list[str] = []
    at: str | None = first
    while at is not None and at in next_of and at not in found:
        found.append(at)
        at = next_of[at]
    return found
