from __future__ import annotations

import asyncio
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from gateway.backends.announce import Announcement, AnnounceSettings, DisabledAnnouncement, machine_addresses

LOOPBACK = ("127.0.0.1",)
NODES, PEOPLE = "_edge-gateway._tcp.local.", "_https._tcp.local."


@pytest.fixture
def name() -> str:
    """A name nobody else on this machine announces."""
    return f"Test {secrets.token_hex(4)}"


def settings(name: str, *, mqtt_port: int | None = 8883, https_port: int | None = 8443) -> AnnounceSettings:
    return AnnounceSettings(
        name=name,
        host="kitchen",
        mqtt_port=mqtt_port,
        https_port=https_port,
        properties={"version": "1.2.3"},
        interfaces=LOOPBACK,
    )


@asynccontextmanager
async def running(announcement: Announcement) -> AsyncIterator[Announcement]:
    task = asyncio.create_task(announcement.run())
    try:
        await until(lambda: bool(announcement.names) or task.done())
        yield announcement
    finally:
        await announcement.close()
        await task


async def until(true: Callable[[], bool]) -> None:
    async def ask() -> bool:
        return true()

    await eventually(ask)


async def look_up(kind: str, full_name: str) -> AsyncServiceInfo | None:
    client = AsyncZeroconf(interfaces=list(LOOPBACK))
    try:
        return await client.async_get_service_info(kind, full_name, timeout=3000)
    finally:
        await client.async_close()


async def eventually(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while True:
            if await true():
                return
            await asyncio.sleep(0.02)


async def test_nodes_and_people_find_the_gateway(name: str) -> None:
    async with running(Announcement(settings(name), lambda: ["192.0.2.7", "2001:db8::7"])) as announcement:
        assert announcement.names == [f"{name}.{NODES}", f"{name}.{PEOPLE}"]
        for kind, port in ((NODES, 8883), (PEOPLE, 8443)):
            found = await look_up(kind, f"{name}.{kind}")
            assert found is not None
            assert (found.port, found.server) == (port, "kitchen.local.")
            assert set(found.parsed_addresses()) == {"192.0.2.7", "2001:db8::7"}
            assert found.decoded_properties == {"version": "1.2.3"}


async def test_a_second_gateway_of_the_same_name_gets_a_number(name: str) -> None:
    async with running(Announcement(settings(name, https_port=None), lambda: ["192.0.2.7"])):
        second = Announcement(settings(name, https_port=None, mqtt_port=9999), lambda: ["192.0.2.8"])
        async with running(second):
            assert second.names == [f"{name}-2.{NODES}"]
            found = await look_up(NODES, second.names[0])
            assert found is not None
            assert found.port == 9999


async def test_it_is_gone_after_close(name: str) -> None:
    async with running(Announcement(settings(name), lambda: ["192.0.2.7"])) as announcement:
        assert announcement.names
    assert announcement.names == []
    assert await look_up(NODES, f"{name}.{NODES}") is None


async def test_new_addresses_are_announced(name: str) -> None:
    addresses = ["192.0.2.7"]
    async with running(Announcement(settings(name), lambda: addresses, look_again_s=0.05)):
        addresses = ["192.0.2.9"]

        async def known() -> bool:
            found = await look_up(NODES, f"{name}.{NODES}")
            return found is not None and found.parsed_addresses() == ["192.0.2.9"]

        await eventually(known)


async def test_without_a_network_it_waits_for_one(name: str) -> None:
    addresses: list[str] = []
    asked = 0

    def ask() -> list[str]:
        nonlocal asked
        asked += 1
        return list(addresses)

    announcement = Announcement(settings(name), ask, look_again_s=0.01)
    task = asyncio.create_task(announcement.run())
    await until(lambda: asked > 3)
    assert announcement.names == []
    addresses.append("192.0.2.7")
    await until(lambda: bool(announcement.names))
    await announcement.close()
    await task


@pytest.mark.parametrize("odd", ["Küche. Erdgeschoß", "x" * 200, "..."])
async def test_any_name_a_person_gives_can_be_announced(odd: str, name: str) -> None:
    async with running(Announcement(settings(odd + name, https_port=None), lambda: ["192.0.2.7"])) as announcement:
        assert await look_up(NODES, announcement.names[0]) is not None


async def test_close_before_run_returns_at_once(name: str) -> None:
    for announcement in (Announcement(settings(name), lambda: ["192.0.2.7"]), DisabledAnnouncement()):
        await announcement.close()
        await asyncio.wait_for(announcement.run(), 5)


def test_the_machines_addresses_are_ones_others_can_reach() -> None:
    for address in machine_addresses():
        assert not address.startswith(("127.", "169.254.", "fe80"))
        assert address != "::1"


def test_zeroconf_is_imported_only_when_something_is_announced() -> None:
    program = (
        "import sys; from gateway.backends.announce import Announcement, AnnounceSettings;"
        "Announcement(AnnounceSettings(name='a', host='a', mqtt_port=1, https_port=1));"
        "sys.exit('zeroconf' in sys.modules or 'ifaddr' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
