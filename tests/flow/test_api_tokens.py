"""Programs over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.core.access import Kind, Principal, Scope
from gateway.core.errors import NotFound
from tests.flow.accounts_site import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


async def test_an_api_token_has_its_scope_until_it_is_deleted(site: Site) -> None:
    token_id, secret = await site.accounts.api_tokens.create(Scope.OPERATE, "Grafana")
    site.restart()
    assert site.accounts.api_tokens.bearer(secret) == Principal(Kind.SERVICE, token_id, Scope.OPERATE)
    assert [(token.id, token.name, token.scope) for token in site.accounts.api_tokens.all()] == [
        (token_id, "Grafana", Scope.OPERATE)
    ]
    await site.accounts.api_tokens.delete(token_id)
    assert site.accounts.api_tokens.bearer(secret) is None
    assert site.revoked == [token_id]
    site.restart()
    assert site.accounts.api_tokens.bearer(secret) is None
    with pytest.raises(NotFound):
        await site.accounts.api_tokens.delete(token_id)


async def test_a_wrong_bearer_is_nobody(site: Site) -> None:
    token_id, _ = await site.accounts.api_tokens.create(Scope.ADMIN)
    fingerprint = site.documents.all("api_tokens")[token_id]["fingerprint"]
    for wrong in ("", "x", token_id, fingerprint, "\ud800", "é" * 10_000):
        assert site.accounts.api_tokens.bearer(wrong) is None
