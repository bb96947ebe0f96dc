"""What a device may say of itself when it asks to join."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.core.errors import NotAllowed, Refused
from gateway.flow.registration import Credentials, Registration
from tests.flow.registry_site import MAC, Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.mark.parametrize(
    "nonsense",
    [
        Registration("elsewhere", "1.0.0"),
        Registration(MAC, ""),
        Registration(MAC, "1" * 65),
        Registration(MAC, "1\n2"),
        Registration(MAC, "1.0.0", capabilities={"x": "y" * 9000}),
        Registration(MAC, "1.0.0", capabilities={"name": "n" * 81}),
        Registration(MAC, "1.0.0", capabilities={"x": object()}),
    ],
)
async def test_nonsense_is_refused_without_spending_the_token(site: Site, nonsense: Registration) -> None:
    token = await site.registry.enrolment.create()
    with pytest.raises(Refused) as refusal:
        await site.registry.register(
            Registration(nonsense.mac_address, nonsense.firmware_version, token, nonsense.capabilities)
        )
    assert not isinstance(refusal.value, NotAllowed)
    assert isinstance(await site.registry.register(Registration(MAC, "1.0.0", token)), Credentials)


async def test_what_is_simulated_stays_simulated(site: Site) -> None:
    credentials = await site.enrolled(simulated=True)
    assert site.registry.simulated(credentials.device_id)
    await site.enrolled()
    assert site.registry.simulated(credentials.device_id)
    assert not site.registry.simulated("nothing")


async def test_the_same_end_of_two_macs_gives_two_ids(site: Site) -> None:
    one, two = await site.enrolled("AA:BB:CC:01:02:03"), await site.enrolled("AA:BB:CD:01:02:03")
    assert one.device_id != two.device_id


async def test_a_new_device_gets_the_id_it_wishes_when_that_is_one_and_is_free(site: Site) -> None:
    assert (await site.enrolled(id="pump-7", kind="pump")).device_id == "pump-7"
    assert (await site.enrolled(id="other", kind="pump")).device_id == "pump-7"
    taken = await site.enrolled("AA:BB:CC:01:02:04", id="pump-7", kind="pump")
    assert taken.device_id == "pump-010204"
    for number, wish in enumerate(["No Id", "x", "a/b", "a" * 41, 7, None, ["pump-8"]], 16):
        given = await site.enrolled(f"AA:BB:CC:01:03:{number}", id=wish, kind="pump")
        assert given.device_id == f"pump-0103{number}"


async def test_an_id_avoids_the_client_ids_of_a_service_account(site: Site) -> None:
    await site.documents.put("services", "window", {"scope": "read"})
    credentials = await site.enrolled(kind="window")
    assert not credentials.device_id.startswith("window-")
