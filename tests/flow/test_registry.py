"""How a device becomes known, and what operators do with it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.core.errors import Conflict, NotAllowed, NotFound, Refused, StoreError
from gateway.core.messages import AccessRevoked, DeviceChanged, DeviceStatus
from gateway.core.ports.documents import Document
from gateway.flow.registration import Credentials, Pending, Registration
from tests.fakes import START_MS, MemoryDocuments
from tests.flow.registry_site import MAC, Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


async def test_a_token_gives_credentials_at_once_and_they_survive_a_restart(site: Site) -> None:
    credentials = await site.enrolled(kind="window", name="Kitchen")
    assert credentials.device_id == credentials.mqtt_username == "window-010203"
    assert site.let_in(credentials)
    site.restart()
    assert site.let_in(credentials)
    device = site.registry.device("window-010203")
    assert (device.name, device.mac, device.approved_ms) == ("Kitchen", "aa:bb:cc:01:02:03", START_MS)


async def test_a_closed_registry_with_a_wrong_token_or_none_is_not_allowed(site: Site) -> None:
    spent = await site.registry.enrolment.create()
    await site.registry.register(Registration(MAC, "1.0.0", spent))
    for token in (None, "", "wrong", spent):
        with pytest.raises(NotAllowed):
            await site.registry.register(Registration("AA:BB:CC:01:02:04", "1.0.0", token))
    assert len(site.registry.devices()) == 1
    assert "device.refused" in site.kinds()


async def test_a_claim_gives_credentials_once_after_approval(site: Site) -> None:
    claim = await site.waiting(kind="pump")
    (device,) = site.registry.devices()
    assert device.approved_ms is None
    assert site.registry.pending() == [device.id]
    assert isinstance(await site.registry.collect(claim), Pending)
    site.restart()
    assert (await site.registry.approve(device.id)).approved_ms == START_MS
    site.restart()
    credentials = await site.registry.collect(claim)
    assert isinstance(credentials, Credentials)
    assert site.let_in(credentials)
    with pytest.raises(NotFound):
        await site.registry.collect(claim)


async def test_only_one_of_many_collecting_at_once_gets_the_credentials(site: Site) -> None:
    claim = await site.waiting()
    await site.registry.approve(site.registry.devices()[0].id)
    outcomes = await asyncio.gather(*(site.registry.collect(claim) for _ in range(10)), return_exceptions=True)
    assert sum(isinstance(outcome, Credentials) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, NotFound) for outcome in outcomes) == 9


async def test_a_crash_while_collecting_lets_the_node_ask_once_more(site: Site) -> None:
    claim = await site.waiting()
    await site.registry.approve(site.registry.devices()[0].id)
    for changes_that_reach_the_disk in (0, 1):
        site.documents.fail_after = changes_that_reach_the_disk
        with pytest.raises(StoreError):
            await site.registry.collect(claim)
        site.documents.fail_after = None
        site.restart()
    credentials = await site.registry.collect(claim)
    assert isinstance(credentials, Credentials)
    assert site.let_in(credentials)


async def test_an_unknown_claim_is_not_found(site: Site) -> None:
    with pytest.raises(NotFound):
        await site.registry.collect("nothing")


async def test_a_denied_claim_is_not_allowed_and_stays_so(site: Site) -> None:
    claim = await site.waiting()
    await site.registry.revoke(site.registry.devices()[0].id)
    site.restart()
    with pytest.raises(NotAllowed):
        await site.registry.collect(claim)


async def test_the_claim_of_a_deleted_device_is_not_allowed(site: Site) -> None:
    claim = await site.waiting()
    (device,) = site.registry.devices()
    await site.registry.approve(device.id)
    await site.registry.delete(device.id)
    with pytest.raises(NotAllowed):
        await site.registry.collect(claim)
    await site.waiting()
    await site.registry.approve(device.id)
    with pytest.raises(NotAllowed):
        await site.registry.collect(claim)


async def test_those_that_wait_are_bounded_and_expire_with_their_device(site: Site) -> None:
    for number in range(32):
        await site.waiting(f"AA:BB:CC:01:03:{number:02x}")
    with pytest.raises(Refused):
        await site.waiting("AA:BB:CC:01:04:00")
    assert len(site.registry.devices()) == 32
    site.clock.advance(minutes=61)
    await site.waiting("AA:BB:CC:01:04:00")
    assert [device.mac for device in site.registry.devices()] == ["aa:bb:cc:01:04:00"]
    assert len(site.documents.collections["claims"]) == len(site.documents.collections["devices"]) == 1


async def test_a_node_that_lost_its_claim_asks_again_and_takes_no_second_place(site: Site) -> None:
    lost = await site.waiting()
    claim = await site.waiting()
    await site.registry.approve(site.registry.devices()[0].id)
    with pytest.raises(NotFound):
        await site.registry.collect(lost)
    assert isinstance(await site.registry.collect(claim), Credentials)


async def test_a_claim_made_after_the_approval_needs_its_own(site: Site) -> None:
    claim = await site.waiting()
    (device,) = site.registry.devices()
    await site.registry.approve(device.id)
    later = await site.waiting()
    assert isinstance(await site.registry.collect(later), Pending)
    assert isinstance(await site.registry.collect(claim), Credentials)


async def test_registering_again_with_a_token_keeps_the_id_and_ends_the_old_credentials(site: Site) -> None:
    old = await site.enrolled(kind="window")
    await site.registry.amend(old.device_id, name="Kitchen")
    site.events.clear()
    new = await site.enrolled("aa-bb-cc-01-02-03", kind="pump")
    assert new.device_id == old.device_id
    assert not site.let_in(old)
    assert site.let_in(new)
    assert site.registry.device(new.device_id).name == "Kitchen"
    assert site.events == [AccessRevoked(old.device_id), DeviceChanged(old.device_id, DeviceStatus.PROVISIONING)]


async def test_registering_again_by_pairing_changes_nothing_before_it_is_collected(site: Site) -> None:
    old = await site.enrolled(kind="window")
    before = site.registry.device(old.device_id)
    claim = await site.waiting(kind="window", evil=True)
    assert site.let_in(old)
    assert site.registry.device(old.device_id) == before
    assert site.registry.pending() == [old.device_id]
    await site.registry.approve(old.device_id)
    assert site.let_in(old)
    new = await site.registry.collect(claim)
    assert isinstance(new, Credentials)
    assert site.let_in(new)
    assert not site.let_in(old)


async def test_those_that_wait_are_told_apart_in_one_pass(site: Site) -> None:
    assert site.registry.pending() == []
    here = await site.enrolled("AA:BB:CC:01:02:04")
    for number in range(3):
        await site.waiting(f"AA:BB:CC:01:05:{number:02x}")
    waiting = site.registry.pending()
    assert waiting == [device.id for device in site.registry.devices() if device.id != here.device_id]
    await site.registry.approve(waiting[0])
    await site.registry.revoke(waiting[1])
    assert site.registry.pending() == waiting[2:]
    assert [site.registry.waits(name) for name in [*waiting, here.device_id, "nobody"]] == [
        False, False, True, False, False,
    ]  # fmt: skip
    site.clock.advance(minutes=61)
    assert site.registry.pending() == []


async def test_no_device_is_called_what_stands_in_the_api_where_ids_do(site: Site) -> None:
    assert (await site.enrolled(id="register")).device_id == "node-010203"
    assert (await site.enrolled("AA:BB:CC:01:02:04", kind="register")).device_id == "register-010204"


async def test_what_a_device_is_taught_and_learns_outlives_a_new_registration(site: Site) -> None:
    name = (await site.enrolled(kind="climate")).device_id
    site.events.clear()
    assert await site.registry.learn({name: {"co2": 7, "dust": 8}, "nobody": {"x": 1}}) == {name: ["co2", "dust"]}
    assert await site.registry.learn({name: {"co2": 9}}) == {}
    assert site.events == [DeviceChanged(name, DeviceStatus.PROVISIONING)]
    await site.enrolled(kind="climate", rev=2)
    site.restart()
    assert site.registry.device(name).learnt == {"co2": 7, "dust": 8}
    many = {f"m{number}": number for number in range(300)}
    await site.registry.learn({name: many})
    assert len(site.registry.device(name).learnt) == 256


async def test_revoking_ends_access_at_once_and_for_good(site: Site) -> None:
    credentials = await site.enrolled()
    site.events.clear()
    assert (await site.registry.revoke(credentials.device_id)).revoked
    assert site.events == [
        AccessRevoked(credentials.device_id),
        DeviceChanged(credentials.device_id, DeviceStatus.OFFLINE),
    ]
    assert not site.let_in(credentials)
    assert "credential" not in site.documents.all("devices")[credentials.device_id]
    site.restart()
    assert not site.let_in(credentials)
    with pytest.raises(Conflict):
        await site.registry.approve(credentials.device_id)


async def test_a_revoked_device_comes_back_by_approval_or_token_but_not_by_pairing_alone(site: Site) -> None:
    credentials = await site.enrolled()
    await site.registry.revoke(credentials.device_id)
    claim = await site.waiting()
    assert isinstance(await site.registry.collect(claim), Pending)
    assert site.registry.device(credentials.device_id).revoked
    await site.registry.approve(credentials.device_id)
    back = await site.registry.collect(claim)
    assert isinstance(back, Credentials)
    assert site.let_in(back)
    await site.registry.revoke(credentials.device_id)
    assert site.let_in(await site.enrolled())


async def test_revoking_between_approval_and_collection_wins(site: Site) -> None:
    claim = await site.waiting()
    (device,) = site.registry.devices()
    await site.registry.approve(device.id)
    await site.registry.revoke(device.id)
    with pytest.raises(NotAllowed):
        await site.registry.collect(claim)


async def test_deleting_forgets_everything_the_registry_knows(site: Site) -> None:
    credentials = await site.enrolled()
    site.events.clear()
    await site.registry.delete(credentials.device_id)
    assert site.events == [AccessRevoked(credentials.device_id), DeviceChanged(credentials.device_id, None)]
    assert not site.let_in(credentials)
    assert site.documents.collections["devices"] == {}
    with pytest.raises(NotFound):
        site.registry.device(credentials.device_id)


async def test_what_does_not_exist_cannot_be_changed(site: Site) -> None:
    registry = site.registry
    for change in (registry.approve, registry.revoke, registry.delete, registry.amend):
        with pytest.raises(NotFound):
            await change("nothing")  # type: ignore[operator]


async def test_approving_twice_is_the_same_as_once(site: Site) -> None:
    await site.waiting()
    (device,) = site.registry.devices()
    assert await site.registry.approve(device.id) == await site.registry.approve(device.id)


async def test_amending_changes_what_is_given_and_keeps_the_credentials(site: Site) -> None:
    credentials = await site.enrolled()
    await site.registry.amend(credentials.device_id, name=" Kitchen ")
    assert (await site.registry.amend(credentials.device_id)).name == "Kitchen"
    site.restart()
    assert site.registry.device(credentials.device_id).name == "Kitchen"
    assert site.let_in(credentials)
    with pytest.raises(Refused):
        await site.registry.amend(credentials.device_id, name="\x00")


async def test_amending_announces_the_presence_that_was_last_heard(site: Site) -> None:
    credentials = await site.enrolled()
    site.bus.publish(DeviceChanged(credentials.device_id, DeviceStatus.ONLINE))
    site.events.clear()
    await site.registry.amend(credentials.device_id, name="Kitchen")
    assert site.events == [DeviceChanged(credentials.device_id, DeviceStatus.ONLINE)]


class SlowDocuments(MemoryDocuments):
    async def put(self, collection: str, key: str, document: Document) -> None:
        await asyncio.sleep(0)
        await super().put(collection, key, document)


async def test_two_hundred_nodes_register_with_one_token_at_once(site: Site) -> None:
    site.documents = SlowDocuments()
    site.restart()
    token = await site.registry.enrolment.create(uses=200)
    outcomes = await asyncio.gather(
        *(
            site.registry.register(Registration(f"02:00:00:00:{n // 256:02x}:{n % 256:02x}", "1.0.0", token))
            for n in range(201)
        ),
        return_exceptions=True,
    )
    given = [outcome for outcome in outcomes if isinstance(outcome, Credentials)]
    assert len(given) == len({credentials.device_id for credentials in given}) == 200
    assert sum(isinstance(outcome, NotAllowed) for outcome in outcomes) == 1
    assert all(site.let_in(credentials) for credentials in given)


async def test_every_change_is_on_the_trail(site: Site) -> None:
    claim = await site.waiting()
    (device,) = site.registry.devices()
    await site.registry.approve(device.id)
    await site.registry.collect(claim)
    await site.registry.amend(device.id, name="Kitchen")
    await site.registry.revoke(device.id)
    await site.registry.delete(device.id)
    site.registry.pairing.close()
    assert site.kinds() == [
        "pairing.opened",
        "device.registered",
        "device.approved",
        "device.credentials",
        "device.amended",
        "device.revoked",
        "device.deleted",
        "pairing.closed",
    ]
