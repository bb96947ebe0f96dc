from __future__ import annotations

import msgspec
import pytest

from gateway.core.errors import Conflict, NotFound, Refused, StoreError
from gateway.core.home import Asset, AssetKind, Band, PlantTraits, Relation, RoomTraits, Zone
from gateway.core.messages import AssignmentChanged, PlacesChanged
from gateway.core.names import Named, words

from .home_site import HomeSite


@pytest.fixture
def site() -> HomeSite:
    return HomeSite()


async def furnished(site: HomeSite) -> None:
    await site.zone("ground", "Ground floor")
    await site.zone("kitchen-corner", "Kitchen corner", "ground")
    await site.room("living-room", "Living room", "ground", "lounge")
    await site.asset(AssetKind.PLANT, "fern", "Fern", inside="living-room")
    await site.asset(AssetKind.WATER_HEATER, "boiler", "Boiler", "kitchen-corner")


async def test_what_was_made_is_there_after_a_restart(site: HomeSite) -> None:
    await furnished(site)
    zones, assets = site.home.zones(), site.home.assets()
    site.restart()
    assert (site.home.zones(), site.home.assets()) == (zones, assets)
    assert [zone.name for zone in zones] == ["Ground floor", "Kitchen corner"]
    assert [asset.name for asset in assets] == ["Boiler", "Fern", "Living room"]
    assert {zone.created_ms for zone in zones} == {asset.created_ms for asset in assets} == {site.clock()}


async def test_each_change_is_announced_and_audited(site: HomeSite) -> None:
    await site.zone("ground", "Ground floor")
    await site.room("hall", "Hall", "ground")
    await site.home.put_asset(Asset("hall", "Big hall", RoomTraits("passage"), "ground"), new=False)
    await site.home.put_zone(Zone("ground", "Downstairs"), new=False)
    await site.home.delete_asset("hall")
    await site.home.delete_zone("ground")
    assert site.told == [
        PlacesChanged("zone", "ground"),
        PlacesChanged("asset", "hall"),
        PlacesChanged("asset", "hall"),
        PlacesChanged("zone", "ground"),
        PlacesChanged("asset", "hall", gone=True),
        PlacesChanged("zone", "ground", gone=True),
    ]
    assert site.audit() == [
        "zone.created",
        "asset.created",
        "asset.changed",
        "zone.changed",
        "asset.deleted",
        "zone.deleted",
    ]
    assert site.documents.collections == {"zones": {}, "assets": {}}


async def test_documents_are_readable_and_have_their_id_as_key_only(site: HomeSite) -> None:
    await site.plant("fern", soil_moisture=(20, None))
    document = site.documents.all("assets")["fern"]
    assert "id" not in document
    assert document["traits"] == {
        "kind": "plant",
        "species": None,
        "thresholds": {"soil_moisture": {"min": 20, "max": None}},
    }


async def test_what_the_disk_refuses_has_not_happened(site: HomeSite) -> None:
    await furnished(site)
    site.told.clear()
    site.documents.fail_after = 0
    for change in (
        site.home.put_zone(Zone("attic", "Attic"), new=True),
        site.home.put_asset(Asset("fern", "Farn", PlantTraits()), new=False),
        site.home.delete_asset("fern"),
    ):
        with pytest.raises(StoreError):
            await change
    assert site.home.asset("fern").name == "Fern"
    assert len(site.home.zones()) == 2
    assert site.told == []


async def test_a_change_keeps_when_it_was_made(site: HomeSite) -> None:
    made = await site.plant("fern")
    site.clock.advance(days=3)
    changed = await site.home.put_asset(Asset("fern", "Farn", PlantTraits("Monstera"), created_ms=1), new=False)
    assert changed.created_ms == made.created_ms
    assert site.home.asset("fern") == changed


async def test_names_are_one_line_and_synonyms_are_said_once(site: HomeSite) -> None:
    zone = await site.home.put_zone(
        Zone("z", "  My \n Zone ", None, ("ZONE  my", "my zone", "den", "Den", " … ")), new=True
    )
    assert (zone.name, zone.synonyms) == ("My Zone", ("ZONE my", "den"))


@pytest.mark.parametrize("name", ["", "   ", "…", "🌱", "x" * 81, "a\x00b"])
async def test_a_name_has_letters_and_an_end(site: HomeSite, name: str) -> None:
    with pytest.raises(Refused):
        await site.zone("z", name)
    with pytest.raises(Refused):
        await site.home.put_asset(Asset("a", name, RoomTraits()), new=True)
    with pytest.raises(Refused):
        await site.home.put_asset(Asset("a", "A", PlantTraits(None, {"light_level": Band(2, 1)})), new=True)


async def test_what_contradicts_the_rest_is_a_conflict(site: HomeSite) -> None:
    await furnished(site)
    for change in (
        site.zone("ground", "Again"),
        site.room("fern", "Again"),
        site.zone("attic", "Attic", "nowhere"),
        site.room("attic", "Attic", "nowhere"),
        site.asset(AssetKind.PLANT, "cactus", "Cactus", inside="nowhere"),
        site.home.put_zone(Zone("ground", "Ground floor", "kitchen-corner"), new=False),
        site.home.put_zone(Zone("ground", "Ground floor", "ground"), new=False),
        site.home.put_asset(Asset("fern", "Fern", RoomTraits()), new=False),
        site.home.put_asset(
            Asset("living-room", "Living room", RoomTraits(), None, (), (Relation("inside", "fern"),)), new=False
        ),
        site.home.delete_zone("ground"),
        site.home.delete_zone("kitchen-corner"),
        site.home.delete_asset("living-room"),
    ):
        with pytest.raises(Conflict):
            await change


async def test_what_is_unknown_is_not_found(site: HomeSite) -> None:
    for change in (
        site.home.put_zone(Zone("z", "Z"), new=False),
        site.home.put_asset(Asset("a", "A", RoomTraits()), new=False),
        site.home.delete_zone("z"),
        site.home.delete_asset("a"),
    ):
        with pytest.raises(NotFound):
            await change
    with pytest.raises(NotFound):
        site.home.zone("z")
    with pytest.raises(NotFound):
        site.home.asset("a")


async def test_relations_to_a_deleted_asset_go_with_it(site: HomeSite) -> None:
    await site.asset(AssetKind.PUMP, "pump", "Pump")
    relations = Relation("serves", "pump"), Relation("next_to", "pump")
    await site.home.put_asset(Asset("fern", "Fern", PlantTraits(), None, (), relations), new=True)
    await site.home.delete_asset("pump")
    assert site.home.asset("fern").relations == ()
    site.restart()
    assert site.home.asset("fern").relations == ()


async def test_an_asset_is_in_the_zone_of_what_it_is_inside_of(site: HomeSite) -> None:
    await furnished(site)
    assert site.home.plan.zone_of("fern") == "ground"
    assert [asset.id for asset in site.home.assets(zone="ground")] == ["boiler", "fern", "living-room"]
    assert [asset.id for asset in site.home.assets(zone="kitchen-corner")] == ["boiler"]
    assert site.home.assets(zone="nowhere") == []


async def test_assets_are_searched_by_kind_capability_and_words(site: HomeSite) -> None:
    await furnished(site)
    await site.home.put_asset(Asset("cactus", "Spike", PlantTraits("Mammillaria"), "ground"), new=True)

    def ids(**filters: object) -> list[str]:
        return [asset.id for asset in site.home.assets(**filters)]  # type: ignore[arg-type]

    assert ids(kind=AssetKind.PLANT) == ["fern", "cactus"]
    assert ids(inside="living-room") == ["fern"]
    assert ids(capability="soil_moisture") == ["fern", "cactus"]
    assert ids(capability="set_temperature") == ["boiler"]
    assert ids(capability="flying") == []
    assert ids(text="loun") == ["living-room"]
    assert ids(text="mammill") == ["cactus"]
    assert ids(text="ground PLANT") == ["fern", "cactus"]
    assert ids(text="nothing") == []
    assert ids(kind=AssetKind.PLANT, zone="ground", text="fern") == ["fern"]


def test_ids_are_made_of_names(site: HomeSite) -> None:
    assert site.home.new_id("Anna's room") == "anna-room"
    assert site.home.new_id("Küche") == "kuche"
    assert site.home.new_id("バルコニー") == "place"
    assert site.home.new_id("x" * 80) == "x" * 40
    assert site.home.new_id("y" * 39 + " z") == "y" * 39


async def test_ids_are_not_given_twice(site: HomeSite) -> None:
    await site.zone("fern", "Fern")
    assert site.home.new_id("Fern") == "fern-2"
    await site.plant("fern-2")
    assert site.home.new_id("fern") == "fern-3"
    await site.room("x" * 40, "X")
    assert site.home.new_id("x" * 50) == "x" * 38 + "-2"


async def test_names_follow_every_change(site: HomeSite) -> None:
    await site.zone("garden", "Garden")
    await site.asset(AssetKind.OUTDOOR, "patio", "Patio", "garden")
    site.roll.add("climate-1", "Garden weather")
    zone = Named("zone", "garden", "Garden")
    assert site.home.names().find(words("garden")) == [zone]
    assert site.home.names().find(words("outside")) == [Named("asset", "patio", "Patio")]
    assert site.home.names().find(words("weather")) == [Named("device", "climate-1", "Garden weather")]
    assert site.home.names() is site.home.names()
    site.roll.add("climate-1", "Backyard")
    assert site.home.names().find(words("weather")) == []
    assert site.home.names().find(words("backyard")) == [Named("device", "climate-1", "Backyard")]
    await site.home.put_zone(Zone("garden", "Yard", None, ("green",)), new=False)
    assert site.home.names().find(words("green zone")) == [Named("zone", "garden", "Yard")]


async def test_an_edited_document_that_is_wrong_is_left_out_loudly_and_keeps_its_id(
    site: HomeSite, caplog: pytest.LogCaptureFixture
) -> None:
    await furnished(site)
    site.documents.collections["assets"]["fern"]["traits"] = {"kind": "dragon"}
    site.documents.collections["zones"]["BAD ID"] = {"name": "Bad"}
    site.restart()
    assert "fern is unreadable" in caplog.text
    assert "BAD ID is unreadable" in caplog.text
    assert [asset.id for asset in site.home.assets()] == ["boiler", "living-room"]
    assert site.home.new_id("fern") == "fern-2"
    with pytest.raises(Conflict):
        await site.plant("fern")


async def test_documents_that_contradict_each_other_are_told_and_do_no_harm(
    site: HomeSite, caplog: pytest.LogCaptureFixture
) -> None:
    await furnished(site)
    zones, assets = site.documents.collections["zones"], site.documents.collections["assets"]
    zones["ground"]["parent"] = "kitchen-corner"
    zones["attic"] = {"name": "Attic", "parent": "nowhere"}
    assets["boiler"]["zone"] = "nowhere"
    assets["living-room"]["relations"] = [{"kind": "inside", "asset": "fern"}]
    assets["orphan"] = {
        "name": "Orphan",
        "traits": {"kind": "room"},
        "relations": [{"kind": "inside", "asset": "gone"}],
    }
    site.restart()
    assert caplog.text.count("contradict themselves") == 3
    assert site.home.plan.zone_of("boiler") is None
    assert site.home.plan.lineage("ground") == ["ground", "kitchen-corner"]
    assert site.home.plan.surroundings("fern") == ["fern", "living-room"]
    assert site.home.plan.lineage("attic") == ["attic"]
    assert site.home.plan.surroundings("orphan") == ["orphan"]


async def test_deleting_an_asset_unassigns_its_devices_first(site: HomeSite) -> None:
    await site.plant("fern")
    await site.put_device("node-1", "fern")
    await site.put_device("node-2", "fern")
    site.told.clear()
    await site.home.delete_asset("fern")
    assert site.told == [
        AssignmentChanged("node-1", None, "fern"),
        AssignmentChanged("node-2", None, "fern"),
        PlacesChanged("asset", "fern", gone=True),
    ]
    assert site.reasons("device.unassigned") == ["no longer at Fern", "no longer at Fern"]


async def test_an_asset_that_could_not_be_deleted_keeps_its_history(site: HomeSite) -> None:
    await site.plant("fern")
    await site.put_device("node-1", "fern")
    site.clock.advance(minutes=5)
    site.documents.fail_after = 1
    with pytest.raises(StoreError):
        await site.home.delete_asset("fern")
    assert site.home.asset("fern").name == "Fern"
    [span] = site.assignments.of_asset("fern")
    assert span.to_ms == site.clock()


async def test_a_new_asset_does_not_inherit_what_another_of_its_id_was(site: HomeSite) -> None:
    await site.plant("fern")
    await site.plant("cactus")
    await site.put_device("node-1", "fern")
    site.clock.advance(minutes=5)
    await site.put_device("node-1", "cactus")
    site.clock.advance(minutes=5)
    await site.home.delete_asset("fern")
    assert len(site.assignments.of_asset("fern")) == 1
    await site.plant("fern")
    assert site.assignments.of_asset("fern") == []
    assert site.assignments.current("node-1") == "cactus"
    site.restart()
    assert site.assignments.of_asset("fern") == []


async def test_there_is_an_end_to_how_much_a_home_holds(site: HomeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.flow.home.MOST_ZONES", 2)
    monkeypatch.setattr("gateway.flow.home.MOST_ASSETS", 2)
    for name in "ab":
        await site.zone(name, name)
        await site.room(name, name)
    with pytest.raises(Conflict):
        await site.zone("c", "c")
    with pytest.raises(Conflict):
        await site.room("c", "c")
    await site.home.put_zone(msgspec.structs.replace(site.home.zone("a"), name="other"), new=False)
