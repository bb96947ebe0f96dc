"""Devices in documents and in memory, and who can sign in."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.core.errors import NotFound, StoreError
from tests.flow.registry_site import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


async def test_nobody_else_gets_in(site: Site) -> None:
    one, two = await site.enrolled(), await site.enrolled("AA:BB:CC:01:02:04")
    for user, password in [
        (one.mqtt_username, two.mqtt_password),
        (one.mqtt_username, ""),
        (one.mqtt_username, one.mqtt_password + "x"),
        ("nobody", one.mqtt_password),
        ("", ""),
        ("nobody", "-" * 64),
        (one.mqtt_username, str(site.documents.all("devices")[one.device_id]["credential"])),
    ]:
        assert site.registry.authenticate(user, password.encode()) is None
    assert site.registry.authenticate(one.mqtt_username, b"\xff\xfe") is None


async def test_a_revoked_deleted_or_waiting_device_is_no_principal(site: Site) -> None:
    revoked, deleted = await site.enrolled(), await site.enrolled("AA:BB:CC:01:02:04")
    await site.waiting("AA:BB:CC:01:02:05")
    await site.registry.revoke(revoked.device_id)
    await site.registry.delete(deleted.device_id)
    for user in (revoked.device_id, deleted.device_id, site.registry.pending()[0], "nobody", ""):
        assert site.registry.principal(user) is None


async def test_a_change_that_did_not_reach_the_disk_did_not_happen(site: Site) -> None:
    credentials = await site.enrolled()
    site.documents.fail_after = 0
    site.events.clear()
    for change in (
        site.registry.revoke(credentials.device_id),
        site.registry.delete(credentials.device_id),
        site.registry.amend(credentials.device_id, name="Other"),
    ):
        with pytest.raises(StoreError):
            await change
    assert site.let_in(credentials)
    assert site.events == []


async def test_secrets_are_nowhere_to_be_read(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    credentials = await site.enrolled()
    claim = await site.waiting("AA:BB:CC:01:02:04")
    everything = repr((site.documents.collections, site.writer.changes, credentials, caplog.text))
    assert credentials.mqtt_password not in everything
    assert claim not in everything


async def test_a_document_spoilt_by_hand_is_left_out_loudly_and_the_others_work(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    credentials = await site.enrolled()
    good = site.documents.collections["devices"][credentials.device_id]
    site.documents.collections["devices"] |= {
        "no-mac": {key: value for key, value in good.items() if key != "mac"},
        "Not An Id": good,
        "bad-credential": {**good, "mac": "aa:bb:cc:00:00:01", "credential": "ü"},
    }
    site.restart()
    assert [device.id for device in site.registry.devices()] == [credentials.device_id]
    assert caplog.text.count("left out") == 3
    assert site.registry.authenticate("bad-credential", b"") is None
    assert site.let_in(credentials)


async def test_a_document_of_an_earlier_version_is_read_with_all_it_says_and_the_asset_it_had_is_gone(
    site: Site,
) -> None:
    credentials = await site.enrolled(name="Kitchen")
    document = site.documents.collections["devices"][credentials.device_id]
    for new in ("swaps", "formers", "consent", "learnt"):
        del document[new]
    document["asset"] = "room-1"
    site.restart()
    assert site.let_in(credentials)
    device = site.registry.device(credentials.device_id)
    assert (device.name, device.swaps, device.formers, device.consent, device.learnt) == ("Kitchen", (), (), None, {})
    await site.registry.amend(credentials.device_id, name="Bath")
    assert "asset" not in site.documents.all("devices")[credentials.device_id]


async def test_what_a_device_can_do_is_kept_ready_and_follows_what_it_says_and_sends(site: Site) -> None:
    credentials = await site.enrolled(kind="climate")
    name = credentials.device_id
    known = site.registry.abilities(name)
    assert known.kind == "climate"
    assert site.registry.abilities(name) is known
    await site.registry.learn({name: {"dust": 1}})
    assert "dust" in site.registry.abilities(name).metrics
    await site.enrolled(kind="fan")
    assert site.registry.abilities(name).kind == "fan"
    await site.registry.delete(name)
    with pytest.raises(NotFound):
        site.registry.abilities(name)
