"""Models, their versions and whose signature on them counts."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from gateway.core.access import Scope
from gateway.core.messages import Audited
from gateway.frontends.panel.models import LIMIT
from tests.fakes import START_MS

from .automation import GOOD_MODEL
from .house import House

PATH = "/api/models/window"


async def post(house: House, action: str, body: object = None, scope: Scope = Scope.ADMIN) -> tuple[int, Any]:
    return await house.call("POST", f"{PATH}/{action}", headers=await house.token(scope), body=body)


def states(shown: dict[str, Any]) -> dict[int, str]:
    return {version["version"]: version["state"] for version in shown["versions"]}


async def test_models_are_listed_with_their_versions(house: House) -> None:
    read = await house.token(Scope.READ)
    status, listed = await house.call("GET", "/api/models", headers=read)
    assert status == 200
    window, audio, anomaly, remaining = listed["models"]
    assert (anomaly["name"], remaining["name"]) == ("anomaly", "remaining_life")
    assert (window["name"], window["active"], window["previous"], window["shadow"]) == ("window", 1, None, None)
    assert (window["since"], window["card"], window["trouble"]) == (None, "", "")
    assert window["versions"] == [
        {
            "version": 1, "state": "active", "signer": "edge-gateway", "sha256": "ab" * 32, "bytes": 70_000,
            "p99_ms": None, "made": "2026-11-21", "bundled": True, "figures": {"error_after_pp": 3.6},
        }
    ]  # fmt: skip
    assert (audio["name"], audio["active"], audio["versions"]) == ("audio", None, [])
    status, one = await house.call("GET", PATH, headers=read)
    assert (status, one["card"]) == (200, "# Window\n\nWhat it is for.")
    assert (await house.call("GET", "/api/models/weather", headers=read))[0] == 404


async def test_a_model_is_installed_tried_beside_promoted_and_rolled_back(house: House) -> None:
    window = await house.automation.window()
    status, shown = await post(house, "install", GOOD_MODEL)
    assert (status, states(shown)) == (201, {1: "active", 2: "shadow"})
    made = house.automation.decision(window, START_MS, 21.0)
    assert (made.model, made.shadow and made.shadow.model) == ("window@1", "window@2")
    _, decision = await house.call("GET", f"/api/decisions/{made.id}", headers=await house.token(Scope.READ))
    assert decision["shadow"]["model"] == "window@2"
    _, shown = await house.call("GET", PATH, headers=await house.token(Scope.READ))
    assert (shown["compared"], shown["mean_difference"]) == (1, 10.0)
    status, shown = await post(house, "promote")
    assert (status, shown["active"], states(shown)) == (200, 2, {1: "previous", 2: "active"})
    assert shown["probation"] > 0
    assert (shown["since_ms"], shown["since"]) == (START_MS, "2026-01-07T12:00:00.000Z")
    assert house.automation.decision(window, START_MS + 1).model == "window@2"
    status, shown = await post(house, "rollback")
    assert (status, shown["active"]) == (200, 1)
    assert house.automation.decision(window, START_MS + 2).model == "window@1"
    status, shown = await post(house, "promote", {"version": 2})
    assert (status, shown["active"]) == (200, 2)
    kinds = [entry.kind for entry in house.changes(Audited)]
    assert {"model.install", "model.promote", "model.rollback"} <= set(kinds)


async def test_a_model_that_is_not_taken_says_why(house: House) -> None:
    status, problem = await post(house, "install", b"not a model")
    assert (status, problem["reason"], problem["detail"]) == (409, "corrupt", "corrupt: this is no ZIP file")
    assert (await post(house, "install", b""))[0] == 409
    admin = await house.token(Scope.ADMIN)
    async with house.http.post(f"{house.url}{PATH}/install", headers=admin, data=BytesIO(bytes(LIMIT + 1))) as answer:
        assert answer.status == 413
    assert (await house.call("POST", "/api/models/weather/install", headers=admin, body=b"x"))[0] == 404
    assert (await house.call("POST", "/api/models/W/install", headers=admin, body=b"x"))[0] == 404
    assert states((await house.call("GET", PATH, headers=admin))[1]) == {1: "active"}


async def test_what_cannot_be_promoted_or_rolled_back_is_refused(house: House) -> None:
    assert (await post(house, "promote"))[0] == 409
    assert (await post(house, "promote", {"version": 7}))[0] == 404
    assert (await post(house, "promote", {"version": 0}))[0] == 422
    assert (await post(house, "rollback"))[0] == 409
    assert (await post(house, "promote", {"version": 2}, Scope.OPERATE))[0] == 403


async def test_a_model_that_cannot_be_loaded_is_not_used_and_says_why(house: House) -> None:
    for _ in range(2):
        assert (await post(house, "install", GOOD_MODEL))[0] == 201
    house.automation.shelf.broken.add(2)
    status, problem = await post(house, "promote", {"version": 2})
    assert (status, problem["detail"]) == (409, "window@2 cannot be loaded")
    assert (await house.call("GET", PATH, headers=await house.token(Scope.READ)))[1]["active"] == 1


async def test_versions_are_verified(house: House) -> None:
    status, shown = await post(house, "verify", scope=Scope.OPERATE)
    assert (status, [(check["version"], check["ok"]) for check in shown["checks"]]) == (200, [(1, True)])
    house.automation.shelf.broken.add(1)
    _, shown = await post(house, "verify", scope=Scope.OPERATE)
    (check,) = shown["checks"]
    assert (check["ok"], check["text"]) == (False, "window@1 cannot be loaded")


async def test_signers_are_added_and_taken_away_but_the_gateways_own(house: House) -> None:
    admin, key = await house.token(Scope.ADMIN), "q" * 43 + "="
    status, listed = await house.call("GET", "/api/signers", headers=admin)
    assert status == 200
    (own,) = listed["signers"]
    assert (own["name"], own["added_ms"], len(own["fingerprint"])) == ("edge-gateway", None, 19)
    body = {"name": "anna", "key": key}
    status, listed = await house.call("POST", "/api/signers", headers=admin, body=body)
    assert (status, [one["name"] for one in listed["signers"]]) == (201, ["edge-gateway", "anna"])
    assert listed["signers"][1]["added_ms"] == START_MS
    assert set(house.automation.shelf.trusted) == {"edge-gateway", "anna"}
    assert (await house.call("DELETE", "/api/signers/anna", headers=admin))[0] == 204
    assert (await house.call("DELETE", "/api/signers/anna", headers=admin))[0] == 404
    assert (await house.call("DELETE", "/api/signers/edge-gateway", headers=admin))[0] == 409
    for wrong in ({"name": "Anna", "key": key}, {"name": "anna", "key": "short"}, {"name": "anna"}):
        assert (await house.call("POST", "/api/signers", headers=admin, body=wrong))[0] == 422
    assert {"model.trust", "model.distrust"} <= {entry.kind for entry in house.changes(Audited)}
