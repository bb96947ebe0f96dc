"""What the things of a house are called, for read-backs. Pure."""

from __future__ import annotations

from datetime import UTC, tzinfo

from .house import House


class HouseNames:
    """Fulfils `rules.words.Names`; an id nobody knows is its own name."""

    def __init__(self, house: House, site_zone: tzinfo = UTC) -> None:
        self.site_zone = site_zone
        self._names = {(thing.what, thing.id): thing.name for thing in house.things}
        self._scenes = dict(house.scenes)

    def asset(self, asset_id: str) -> str:
        """Of an asset."""
        return self._names.get(("asset", asset_id), asset_id)

    def device(self, device_id: str) -> str:
        """Of a device."""
        return self._names.get(("device", device_id), device_id)

    def zone(self, zone_id: str) -> str:
        """Of a zone."""
        return self._names.get(("zone", zone_id), zone_id)

    def scene(self, scene_id: str) -> str:
        """Of a scene."""
        return self._scenes.get(scene_id, scene_id)
