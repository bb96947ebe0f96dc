"""People and programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.core.access import Scope
from tests.flow.accounts_site import PASSWORD, Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


async def test_no_secret_is_in_documents_trail_or_log(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    code = site.accounts.owner.first_run_code()
    await site.accounts.owner.set_password(code, PASSWORD)
    secrets = [
        code,
        PASSWORD,
        await site.accounts.owner.sign_in(PASSWORD),
        (await site.accounts.api_tokens.create(Scope.READ))[1],
        await site.accounts.services.create("node-red", Scope.READ),
    ]
    everything = json.dumps(site.documents.collections) + repr(site.writer.changes) + caplog.text
    assert not [secret for secret in secrets if secret in everything]


async def test_what_is_unreadable_is_not_valid_and_the_rest_works(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    _, secret = await site.accounts.api_tokens.create(Scope.READ)
    site.documents.collections["api_tokens"]["api-x"] = {"scope": "emperor"}
    site.documents.collections["services"] = {"x": {"scope": "read", "created_ms": 1, "fingerprint": ""}}
    site.restart()
    assert caplog.text.count("unreadable") == 2
    assert site.accounts.services.authenticate("x", b"") is None
    assert site.accounts.api_tokens.bearer(secret)
