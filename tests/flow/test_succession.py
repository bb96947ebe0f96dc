"""Other hardware in a device's place: one action, one write, and four ways to its new name."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.backends.documents import TinyDocuments
from gateway.core import capabilities
from gateway.core.access import Scope
from gateway.core.errors import Conflict, NotAllowed, NotFound, Refused, StoreError
from gateway.core.messages import AccessRevoked, ClockSet, DeviceChanged, DeviceStatus, DeviceSwapped
from gateway.flow.bus import Bus
from gateway.flow.devices import Former, Swap
from gateway.flow.registration import Credentials, Pending, Registration
from gateway.flow.services import Services
from gateway.flow.trail import Trail
from tests.fakes import START_MS
from tests.flow.registry_site import Site

A_MAC, B_MAC, C_MAC = "02:00:00:00:00:a1", "02:00:00:00:00:b2", "02:00:00:00:00:c3"
HOUR_MS = 3_600_000


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


async def two(site: Site) -> tuple[Credentials, Credentials]:
    """A window, and a day later the one that is to take its place."""
    old = await site.enrolled(A_MAC, kind="window", name="Kitchen")
    site.clock.advance(days=1)
    new = await site.enrolled(B_MAC, kind="window", rev=2)
    site.clock.advance(minutes=60)
    site.events.clear()
    return old, new


async def again(site: Site, mac: str, token: str | None = None, proof: str | None = None) -> Credentials | Pending:
    """A node registers, with what it holds."""
    return await site.registry.register(Registration(mac, "2.0.0", token, {"kind": "window", "rev": 2}, proof))


async def back(site: Site, mac: str, token: str | None = None, proof: str | None = None) -> Credentials:
    outcome = await again(site, mac, token, proof)
    assert isinstance(outcome, Credentials)
    return outcome


async def test_the_new_hardware_is_the_old_device_and_nothing_else_has_changed(site: Site) -> None:
    old, new = await two(site)
    newest_ms = START_MS + 2 * HOUR_MS
    before = site.registry.device(old.device_id)
    swapped = await site.registry.swap(old.device_id, new.device_id, "anna", newest_ms=newest_ms)
    now_ms = site.clock()
    assert (swapped.token, swapped.until_ms, swapped.warnings) == (None, now_ms + HOUR_MS, ())
    assert "token" not in repr(swapped)
    for _ in range(2):
        after = site.registry.device(old.device_id)
        assert (after.id, after.name, after.created_ms) == (before.id, "Kitchen", before.created_ms)
        assert (after.mac, after.capabilities["rev"]) == (B_MAC, 2)
        assert after.swaps == (Swap(now_ms, A_MAC, B_MAC, new.device_id, "anna"),)
        assert after.formers == (Former(new.device_id, START_MS + 24 * HOUR_MS, now_ms),)
        assert not site.registry.known(new.device_id)
        assert site.registry.former(new.device_id)
        assert not site.registry.former(old.device_id)
        assert site.registry.hardware(old.device_id) == B_MAC
        site.restart()
    assert site.details("device.swapped") == [
        f"{old.device_id}: {A_MAC} gives way to {B_MAC}, known as {new.device_id}"
    ]


async def test_what_happened_is_announced_in_this_order_after_one_write(site: Site) -> None:
    old, new = await two(site)
    seen: list[bool] = []
    site.bus.on(AccessRevoked, lambda event: seen.append(site.let_in(old) or site.let_in(new)))
    site.documents.fail_after = 1
    await site.registry.swap(old.device_id, new.device_id, "anna")
    assert site.events == [
        AccessRevoked(old.device_id),
        AccessRevoked(new.device_id),
        DeviceSwapped(old.device_id, A_MAC, B_MAC, site.clock(), new.device_id),
        DeviceChanged(new.device_id, None),
        DeviceChanged(old.device_id, DeviceStatus.PROVISIONING),
    ]
    assert seen == [False, False], "both passwords are worthless before anybody hears of it"


async def test_what_the_newcomer_measured_since_the_old_one_fell_silent_is_the_devices(site: Site) -> None:
    old, new = await two(site)
    silent_ms = START_MS + 24 * HOUR_MS + 5000
    await site.registry.swap(old.device_id, new.device_id, "anna", newest_ms=silent_ms)
    now_ms, registry, name, former = site.clock(), site.registry, old.device_id, new.device_id
    assert registry.series_of(name, 0, now_ms + 1) == [(former, silent_ms, now_ms), (name, 0, now_ms + 1)]
    assert registry.series_of(name, silent_ms + 5, silent_ms + 9)[0] == (former, silent_ms + 5, silent_ms + 9)
    assert registry.series_of(name, 0, silent_ms) == [(name, 0, silent_ms)]
    assert registry.series_of("nobody", 1, 2) == [("nobody", 1, 2)]


async def test_a_last_reading_in_the_future_makes_no_span_that_ends_before_it_begins(site: Site) -> None:
    old, new = await two(site)
    await site.registry.swap(old.device_id, new.device_id, "anna", newest_ms=site.clock() + HOUR_MS)
    (former,) = site.registry.device(old.device_id).formers
    assert former.from_ms == former.to_ms == site.clock()
    assert site.registry.series_of(old.device_id, 0, site.clock() + 1) == [(old.device_id, 0, site.clock() + 1)]
    assert site.registry.former(new.device_id)


# The four ways to the new name


async def test_hardware_that_waits_with_a_claim_collects_its_new_name_with_it(site: Site) -> None:
    old = await site.enrolled(A_MAC, kind="window")
    claim = await site.waiting(B_MAC, kind="window", rev=2)
    (waiting,) = site.registry.pending()
    await site.registry.swap(old.device_id, waiting, "anna")
    site.registry.pairing.close()
    site.restart()
    given = await site.registry.collect(claim)
    assert isinstance(given, Credentials)
    assert given.device_id == old.device_id
    assert site.let_in(given)
    assert not site.let_in(old)
    with pytest.raises(NotFound):
        await site.registry.collect(claim)


async def test_a_crash_while_it_collects_lets_it_ask_once_more(site: Site) -> None:
    old = await site.enrolled(A_MAC)
    claim = await site.waiting(B_MAC)
    await site.registry.swap(old.device_id, site.registry.pending()[0], "anna")
    for writes in (0, 1, 1):
        site.documents.fail_after = writes
        with pytest.raises(StoreError):
            await site.registry.collect(claim)
        site.documents.fail_after = None
        site.restart()
    given = await site.registry.collect(claim)
    assert isinstance(given, Credentials)
    assert site.let_in(given)


async def test_hardware_with_credentials_proves_itself_with_those_it_had(site: Site) -> None:
    old, new = await two(site)
    await site.registry.swap(old.device_id, new.device_id, "anna")
    site.restart()
    given = await back(site, B_MAC, proof=new.mqtt_password)
    assert given.device_id == old.device_id
    assert site.let_in(given)
    assert not site.let_in(old)
    assert not site.let_in(new)
    assert site.registry.device(old.device_id).firmware == "2.0.0"
    assert len(site.registry.device(old.device_id).swaps) == 1
    assert len(site.registry.devices()) == 1


async def test_without_a_replacement_whoever_has_the_token_becomes_the_device(site: Site) -> None:
    old = await site.enrolled(A_MAC, kind="window", name="Kitchen")
    site.events.clear()
    swapped = await site.registry.swap(old.device_id, None, "anna", minutes=5)
    assert swapped.token is not None
    assert site.events == [AccessRevoked(old.device_id), DeviceChanged(old.device_id, DeviceStatus.PROVISIONING)]
    assert not site.let_in(old)
    site.clock.advance(minutes=4)
    site.restart()
    given = await back(site, C_MAC, swapped.token)
    device = site.registry.device(old.device_id)
    assert (given.device_id, device.mac, device.name) == (old.device_id, C_MAC, "Kitchen")
    assert device.swaps == (Swap(site.clock(), A_MAC, C_MAC, "", "anna"),)
    assert site.events[-2:] == [
        DeviceSwapped(old.device_id, A_MAC, C_MAC, site.clock()),
        DeviceChanged(old.device_id, DeviceStatus.PROVISIONING),
    ]
    assert swapped.token not in repr((site.documents.collections, site.writer.changes))


async def test_a_known_device_that_shows_the_token_brings_what_it_has_measured(site: Site) -> None:
    old, new = await two(site)
    newest_ms = site.clock() - 1000
    swapped = await site.registry.swap(old.device_id, None, "anna", newest_ms=newest_ms)
    site.clock.advance(minutes=1)
    site.events.clear()
    given = await back(site, B_MAC, swapped.token)
    device = site.registry.device(old.device_id)
    assert given.device_id == old.device_id
    assert device.formers == (Former(new.device_id, newest_ms, site.clock()),)
    assert not site.let_in(new)
    assert site.events == [
        AccessRevoked(new.device_id),
        DeviceSwapped(old.device_id, A_MAC, B_MAC, site.clock(), new.device_id),
        DeviceChanged(new.device_id, None),
        DeviceChanged(old.device_id, DeviceStatus.PROVISIONING),
    ]


async def test_the_old_hardware_with_the_token_is_itself_and_no_swap(site: Site) -> None:
    old = await site.enrolled(A_MAC)
    swapped = await site.registry.swap(old.device_id, None, "anna")
    site.events.clear()
    given = await back(site, A_MAC, swapped.token)
    assert site.let_in(given)
    assert site.registry.device(old.device_id).swaps == ()
    assert site.events == [DeviceChanged(old.device_id, DeviceStatus.PROVISIONING)]


async def test_hardware_without_any_proof_waits_for_an_operator_also_when_pairing_is_closed(site: Site) -> None:
    old, new = await two(site)
    await site.registry.swap(old.device_id, new.device_id, "anna")
    waiting = await again(site, B_MAC)
    assert isinstance(waiting, Pending)
    assert site.registry.pending() == [old.device_id]
    assert site.registry.waits(old.device_id)
    assert isinstance(await site.registry.collect(waiting.claim), Pending)
    await site.registry.approve(old.device_id)
    given = await site.registry.collect(waiting.claim)
    assert isinstance(given, Credentials)
    assert site.let_in(given)
    with pytest.raises(NotAllowed):
        await again(site, B_MAC, proof=new.mqtt_password)


async def test_an_enrolment_token_is_consent_too(site: Site) -> None:
    old, new = await two(site)
    await site.registry.swap(old.device_id, new.device_id, "anna")
    assert site.let_in(await back(site, B_MAC, await site.registry.enrolment.create()))
    assert site.registry.device(old.device_id).consent is None


# What does not lead there


async def test_a_wrong_proof_leads_to_a_claim_at_most_and_is_written_down(site: Site) -> None:
    old, new = await two(site)
    await site.registry.swap(old.device_id, new.device_id, "anna")
    for proof in (old.mqtt_password, "", "x"):
        assert isinstance(await again(site, B_MAC, proof=proof), Pending)
    assert "did not prove" in site.details("device.refused")[0]
    assert site.let_in(await back(site, B_MAC, proof=new.mqtt_password))


@pytest.mark.parametrize("mac", [A_MAC, C_MAC])
async def test_the_right_proof_from_other_hardware_is_refused(site: Site, mac: str) -> None:
    old, new = await two(site)
    await site.registry.swap(old.device_id, new.device_id, "anna")
    with pytest.raises(NotAllowed):
        await again(site, mac, proof=new.mqtt_password)
    assert "device.refused" in site.kinds()
    assert [device.id for device in site.registry.devices()] == [old.device_id]


async def test_nothing_leads_there_when_the_time_is_over(site: Site) -> None:
    old, new = await two(site)
    third = await site.enrolled(C_MAC)
    await site.registry.swap(old.device_id, new.device_id, "anna", minutes=5)
    token = (await site.registry.swap(third.device_id, None, "anna", minutes=5)).token
    site.clock.advance(minutes=5)
    for mac, shown, proof in ((B_MAC, None, new.mqtt_password), ("02:00:00:00:00:d4", token, None)):
        with pytest.raises(NotAllowed):
            await again(site, mac, shown, proof)
    assert site.kinds().count("device.refused") == 2
    fresh = await site.registry.swap(old.device_id, None, "anna")
    assert site.let_in(await back(site, B_MAC, fresh.token))


@pytest.mark.parametrize("named", [True, False])
async def test_a_proof_is_worthless_once_the_new_hardware_has_signed_in(site: Site, named: bool) -> None:
    old, new = await two(site)
    swapped = await site.registry.swap(old.device_id, new.device_id if named else None, "anna")
    proof = new.mqtt_password if named else None
    first = await back(site, B_MAC, swapped.token, proof)
    assert site.let_in(first)
    await asyncio.sleep(0)
    assert site.registry.device(old.device_id).consent is None
    site.restart()
    for mac in (B_MAC, C_MAC):
        with pytest.raises(NotAllowed):
            await again(site, mac, swapped.token, proof)
    assert site.let_in(first)
    assert site.kinds().count("device.refused") == 2


@pytest.mark.parametrize("named", [True, False])
async def test_until_then_the_same_hardware_whose_answer_was_lost_may_ask_once_more(site: Site, named: bool) -> None:
    old, new = await two(site)
    swapped = await site.registry.swap(old.device_id, new.device_id if named else None, "anna")
    proof = new.mqtt_password if named else None
    lost = await back(site, B_MAC, swapped.token, proof)
    site.restart()
    with pytest.raises(NotAllowed):
        await again(site, C_MAC, swapped.token, proof)
    with pytest.raises(NotAllowed):
        await again(site, B_MAC)
    found = await back(site, B_MAC, swapped.token, proof)
    assert site.let_in(found)
    assert not site.let_in(lost)
    assert len(site.registry.device(old.device_id).swaps) == 1
    assert "device.refused" in site.kinds()


async def test_a_stranger_who_waits_under_the_name_of_what_came_with_the_token_gets_nothing(site: Site) -> None:
    old = await site.enrolled(A_MAC)
    stranger = await site.waiting(B_MAC)
    token = (await site.registry.swap(old.device_id, None, "anna")).token
    await back(site, B_MAC, token)
    with pytest.raises(NotAllowed):
        await site.registry.collect(stranger)


async def test_of_many_with_the_same_token_one_becomes_the_device(site: Site) -> None:
    old = await site.enrolled(A_MAC)
    token = (await site.registry.swap(old.device_id, None, "anna")).token
    outcomes = await asyncio.gather(
        *(again(site, f"02:00:00:00:01:{number:02x}", token) for number in range(10)), return_exceptions=True
    )
    assert sum(isinstance(outcome, Credentials) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, NotAllowed) for outcome in outcomes) == 9
    assert len(site.registry.devices()) == 1


async def test_a_stranger_who_waits_under_the_name_of_the_new_hardware_gets_nothing(site: Site) -> None:
    old, new = await two(site)
    stranger = await site.waiting(B_MAC)
    await site.registry.swap(old.device_id, new.device_id, "anna")
    with pytest.raises(NotAllowed):
        await site.registry.collect(stranger)
    assert "its claim is not good" in site.details("device.refused")[0]
    assert site.let_in(await back(site, B_MAC, proof=new.mqtt_password))
    with pytest.raises(NotAllowed):
        await site.registry.collect(stranger)


async def test_one_that_was_approved_again_collects_though_it_had_a_password(site: Site) -> None:
    old, new = await two(site)
    claim = await site.waiting(B_MAC)
    await site.registry.approve(new.device_id)
    await site.registry.swap(old.device_id, new.device_id, "anna")
    given = await site.registry.collect(claim)
    assert isinstance(given, Credentials)
    assert given.device_id == old.device_id


async def test_a_claim_of_the_old_hardware_is_no_way_back(site: Site) -> None:
    old, new = await two(site)
    claim = await site.waiting(A_MAC)
    await site.registry.approve(old.device_id)
    await site.registry.swap(old.device_id, new.device_id, "anna")
    with pytest.raises(NotAllowed):
        await site.registry.collect(claim)


@pytest.mark.parametrize("mac", [B_MAC, C_MAC])
async def test_nor_is_one_that_was_approved_before_new_hardware_came_with_the_token(site: Site, mac: str) -> None:
    old, _ = await two(site)
    token = (await site.registry.swap(old.device_id, None, "anna")).token
    claim = await site.waiting(A_MAC)
    await site.registry.approve(old.device_id)
    given = await back(site, mac, token)
    with pytest.raises(NotAllowed):
        await site.registry.collect(claim)
    assert site.let_in(given)


async def test_the_old_hardware_that_comes_to_life_again_is_another_device(site: Site) -> None:
    old, new = await two(site)
    await site.registry.swap(old.device_id, new.device_id, "anna")
    with pytest.raises(NotAllowed):
        await again(site, A_MAC, proof=old.mqtt_password)
    revived = await site.enrolled(A_MAC, kind="window", id=new.device_id)
    assert revived.device_id not in (old.device_id, new.device_id)


@pytest.mark.parametrize("named", [True, False])
async def test_revoking_and_deleting_end_the_consent(site: Site, named: bool) -> None:
    old, new = await two(site)
    swapped = await site.registry.swap(old.device_id, new.device_id if named else None, "anna")
    await site.registry.revoke(old.device_id)
    with pytest.raises(NotAllowed):
        await again(site, C_MAC, swapped.token, new.mqtt_password)
    with pytest.raises(NotAllowed):
        await again(site, B_MAC, swapped.token, new.mqtt_password)
    await site.registry.swap(old.device_id, None, "anna")
    await site.registry.delete(old.device_id)
    with pytest.raises(NotAllowed):
        await again(site, C_MAC, swapped.token)


async def test_what_cannot_be_is_refused_and_changes_nothing(site: Site) -> None:
    old, new = await two(site)
    names = [(await site.enrolled(f"02:00:00:00:02:0{number}")).device_id for number in range(3)]
    await site.registry.revoke(names[0])
    await site.registry.swap(names[1], None, "anna")
    spans = [{"asset": "fern", "from_ms": 1, "to_ms": 2}, {"asset": "palm", "from_ms": 2, "to_ms": None}]
    await site.documents.put("assignments", names[2], {"spans": spans})
    before = site.documents.all("devices")
    swap, name = site.registry.swap, old.device_id
    for newcomer, why in [(name, "own place"), (names[0], "revoked"), (names[1], "itself"), (names[2], "palm")]:
        with pytest.raises(Conflict, match=why):
            await swap(name, newcomer, "anna")
    for device, replacement in ((name, "nobody"), ("nobody", name), ("nobody", None)):
        with pytest.raises(NotFound):
            await swap(device, replacement, "anna")
    for minutes in (0, -1, 1441, float("nan")):
        with pytest.raises(Refused):
            await swap(name, new.device_id, "anna", minutes=minutes)
    assert site.documents.all("devices") == before
    assert site.let_in(old)


async def test_a_placed_device_does_not_take_a_place_by_token_either(site: Site) -> None:
    old, new = await two(site)
    await site.documents.put("assignments", new.device_id, {"spans": [{"asset": "palm", "from_ms": 1, "to_ms": None}]})
    token = (await site.registry.swap(old.device_id, None, "anna")).token
    with pytest.raises(NotAllowed, match="palm"):
        await again(site, B_MAC, token)
    assert site.let_in(new)
    assert "palm" in site.details("device.refused")[0]
    assert site.let_in(await back(site, C_MAC, token)), "the token is still good"


# Crashes


@pytest.mark.parametrize("named", [True, False])
async def test_every_crash_leaves_it_as_it_was_or_swapped(site: Site, named: bool) -> None:
    old, new = await two(site)
    await site.waiting(A_MAC)
    site.events.clear()
    before = site.documents.all("devices")
    for writes in range(3):
        site.documents.fail_after = writes
        try:
            await site.registry.swap(old.device_id, new.device_id if named else None, "anna")
        except StoreError:
            assert site.documents.all("devices") == before
            assert site.let_in(old)
            assert site.let_in(new)
            assert site.events == []
        else:
            break
        finally:
            site.documents.fail_after = None
        site.restart()
        assert site.let_in(old)
    assert writes > 0
    site.restart()
    assert not site.let_in(old)
    assert site.registry.former(new.device_id) == named


async def test_a_crash_while_the_token_is_spent_lets_it_be_spent_once_more(site: Site) -> None:
    old, _ = await two(site)
    token = (await site.registry.swap(old.device_id, None, "anna")).token
    site.documents.fail_after = 0
    with pytest.raises(StoreError):
        await again(site, B_MAC, token)
    site.documents.fail_after = None
    site.restart()
    assert site.let_in(await back(site, B_MAC, token))


async def test_real_documents_hold_a_swap_over_a_restart(site: Site, tmp_path: Path) -> None:
    site.documents = TinyDocuments(tmp_path / "documents")  # type: ignore[assignment]
    site.restart()
    old, new = await two(site)
    await site.registry.learn({old.device_id: {"position": 7}})
    await site.registry.swap(old.device_id, new.device_id, "anna")
    before = site.registry.device(old.device_id)
    site.documents = TinyDocuments(tmp_path / "documents")  # type: ignore[assignment]
    site.restart()
    assert site.registry.device(old.device_id) == before
    assert site.registry.former(new.device_id)
    assert not site.let_in(old)
    assert site.let_in(await back(site, B_MAC, proof=new.mqtt_password))


# Afterwards


async def test_a_swap_of_a_swap_reads_all_three(site: Site) -> None:
    old, new = await two(site)
    await site.registry.swap(old.device_id, new.device_id, "anna", newest_ms=0)
    first_ms = site.clock()
    await back(site, B_MAC, proof=new.mqtt_password)
    site.clock.advance(days=1)
    third = await site.enrolled(C_MAC, kind="window")
    site.clock.advance(days=1)
    await site.registry.swap(old.device_id, third.device_id, "ben", newest_ms=0)
    site.restart()
    device, now_ms = site.registry.device(old.device_id), site.clock()
    assert [(swap.before_mac, swap.after_mac) for swap in device.swaps] == [(A_MAC, B_MAC), (B_MAC, C_MAC)]
    assert [span[0] for span in site.registry.series_of(device.id, 0, now_ms)] == [
        new.device_id, third.device_id, device.id,
    ]  # fmt: skip
    assert device.formers[0].to_ms == first_ms
    given = await back(site, C_MAC, proof=third.mqtt_password)
    assert site.let_in(given)
    with pytest.raises(NotAllowed):
        await again(site, B_MAC, proof=new.mqtt_password)


@pytest.mark.parametrize(("before", "after"), [(True, False), (False, True)])
async def test_what_was_simulated_on_either_side_stays_so(site: Site, before: bool, after: bool) -> None:
    old = await site.enrolled(A_MAC, kind="window", simulated=before)
    new = await site.enrolled(B_MAC, kind="window", simulated=after)
    swapped = await site.registry.swap(old.device_id, new.device_id, "anna")
    assert bool(swapped.warnings) == after
    assert site.registry.simulated(old.device_id)
    assert site.registry.simulated(new.device_id), "what lies under its id belongs to a simulated device"
    await back(site, B_MAC, proof=new.mqtt_password)
    assert site.registry.simulated(old.device_id)


async def test_the_id_of_a_former_is_taken_until_its_device_is_deleted(site: Site) -> None:
    old, new = await two(site)
    await site.registry.swap(old.device_id, new.device_id, "anna")
    site.restart()
    trail = Trail(site.writer, Bus(), site.clock)
    services = Services(site.documents, site.secrets, Bus(), trail, site.clock)
    with pytest.raises(Conflict, match=new.device_id):
        await services.create(new.device_id, Scope.READ)
    assert (await site.enrolled(C_MAC, id=new.device_id)).device_id != new.device_id
    site.events.clear()
    await site.registry.delete(old.device_id)
    assert site.events == [
        AccessRevoked(old.device_id), DeviceChanged(old.device_id, None), DeviceChanged(new.device_id, None),
    ]  # fmt: skip
    assert not site.registry.former(new.device_id)
    await services.create(new.device_id, Scope.READ)


async def test_a_person_is_told_how_the_new_hardware_differs(site: Site) -> None:
    old = await site.enrolled(A_MAC, kind="climate")
    new = await site.enrolled(B_MAC, kind="climate", metrics=["temperature", "humidity"], verbs={"restart": {}})
    other = await site.enrolled(C_MAC, kind="fan")
    swapped = await site.registry.swap(old.device_id, new.device_id, "anna")
    assert swapped.warnings == ("It does not measure co2, sound_level.",)
    await back(site, B_MAC, proof=new.mqtt_password)
    kinds = (await site.registry.swap(other.device_id, None, "anna")).warnings
    assert kinds == ()
    fresh = await site.enrolled("02:00:00:00:00:d4", kind="pump")
    said = (await site.registry.swap(other.device_id, fresh.device_id, "anna")).warnings
    assert said == ("It is a pump, and was a fan.", "It does not measure speed.", "It cannot set_speed.")
    silent = await site.enrolled("02:00:00:00:00:d5")
    measured = ", ".join(sorted(capabilities.read({"kind": "pump"}, {}).metrics))
    said = (await site.registry.swap(other.device_id, silent.device_id, "anna")).warnings
    assert said == (f"It has yet to show that it measures {measured}.",)


async def test_one_that_holds_no_proof_is_told_of_and_needs_an_operator(site: Site) -> None:
    old = await site.enrolled(A_MAC)
    await site.waiting(B_MAC)
    name = site.registry.pending()[0]
    await site.registry.approve(name)
    site.clock.advance(days=2)
    swapped = await site.registry.swap(old.device_id, name, "anna")
    assert swapped.warnings == ("It holds nothing that proves who it is: approve it when it registers again.",)
    assert isinstance(await again(site, B_MAC), Pending)


async def test_a_revoked_device_that_is_given_to_others_is_let_in_again(site: Site) -> None:
    old, new = await two(site)
    await site.registry.revoke(old.device_id)
    await site.registry.swap(old.device_id, new.device_id, "anna")
    assert site.let_in(await back(site, B_MAC, proof=new.mqtt_password))


async def test_a_set_clock_moves_what_was_noted_in_this_run_and_no_time_is_lost(site: Site) -> None:
    since_ms = site.clock()
    site.clock.advance(minutes=1)
    old, new = await two(site)
    swapped = await site.registry.swap(old.device_id, new.device_id, "anna")
    before = site.registry.device(old.device_id)
    shift_ms = 400 * 24 * HOUR_MS
    event = ClockSet(site.clock(), site.clock() + shift_ms, since_ms, True, True, "for a test")
    site.clock.advance(ms=shift_ms)
    site.bus.publish(event)
    given = await back(site, B_MAC, proof=new.mqtt_password)
    assert given.device_id == old.device_id
    site.restart()
    after = site.registry.device(old.device_id)
    assert after.swaps[0].time_ms == before.swaps[0].time_ms + shift_ms
    assert after.formers[0].to_ms == before.formers[0].to_ms + shift_ms
    assert swapped.until_ms < site.clock()


async def test_a_consent_of_an_earlier_run_is_as_old_as_it_is(site: Site) -> None:
    old, new = await two(site)
    await site.registry.swap(old.device_id, new.device_id, "anna")
    before = site.registry.device(old.device_id)
    shift_ms = 2 * HOUR_MS
    event = ClockSet(site.clock() + 1, site.clock() + 1 + shift_ms, site.clock() + 1, True, True, "for a test")
    site.clock.advance(ms=shift_ms)
    site.bus.publish(event)
    with pytest.raises(NotAllowed):
        await again(site, B_MAC, proof=new.mqtt_password)
    assert site.registry.device(old.device_id) == before


async def test_a_small_correction_moves_a_consent_and_no_history(site: Site) -> None:
    since_ms = site.clock()
    old, new = await two(site)
    await site.registry.swap(old.device_id, new.device_id, "anna")
    before = site.registry.device(old.device_id)
    site.bus.publish(ClockSet(site.clock(), site.clock() + 50, since_ms, False, False, "for a test"))
    await back(site, C_MAC, await site.registry.enrolment.create())
    after = site.registry.device(old.device_id)
    assert (after.swaps, after.formers) == (before.swaps, before.formers)
    assert before.consent is not None
    assert after.consent is not None
    assert after.consent.until_ms == before.consent.until_ms + 50
