"""Programs over MQTT."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.core.access import Kind, Principal, Scope
from gateway.core.errors import Conflict, NotFound, Refused
from tests.flow.accounts_site import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


async def test_a_service_account_signs_in_with_its_password_only(site: Site) -> None:
    password = await site.accounts.services.create("node-red", Scope.OPERATE)
    other = await site.accounts.services.create("grafana", Scope.READ)
    site.restart()
    right = Principal(Kind.SERVICE, "node-red", Scope.OPERATE)
    assert site.accounts.services.authenticate("node-red", password.encode()) == right
    assert site.accounts.services.principal("node-red") == right
    assert site.accounts.services.principal("nobody") is None
    for user, wrong in [("node-red", other), ("node-red", ""), ("nobody", password), ("", ""), ("nobody", "-" * 64)]:
        assert site.accounts.services.authenticate(user, wrong.encode()) is None


async def test_deleting_a_service_account_ends_its_access(site: Site) -> None:
    password = await site.accounts.services.create("node-red", Scope.READ)
    await site.accounts.services.delete("node-red")
    assert site.revoked == ["node-red"]
    assert site.accounts.services.authenticate("node-red", password.encode()) is None
    assert site.accounts.services.principal("node-red") is None
    assert site.accounts.services.all() == []
    with pytest.raises(NotFound):
        await site.accounts.services.delete("node-red")


@pytest.mark.parametrize("name", ["", "a b", "a/b", "+", "#", "$SYS", "-a", "x" * 41, "gateway", "api-1", "ä", "a\n"])
async def test_a_service_account_needs_a_plain_name(site: Site, name: str) -> None:
    with pytest.raises(Refused):
        await site.accounts.services.create(name, Scope.READ)


async def test_a_service_account_never_administers(site: Site) -> None:
    with pytest.raises(Refused):
        await site.accounts.services.create("root", Scope.ADMIN)


async def test_a_service_account_cannot_take_client_ids_of_another_or_of_a_device(site: Site) -> None:
    await site.documents.put("devices", "window-a1b2c3", {})
    await site.accounts.services.create("home-assistant", Scope.READ)
    for name in ("home-assistant", "home", "home-assistant-2", "window", "window-a1b2c3"):
        with pytest.raises(Conflict):
            await site.accounts.services.create(name, Scope.READ)
    await site.accounts.services.create("homeassistant", Scope.READ)
