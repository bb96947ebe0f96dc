"""Signing in, and what a browser's session may and may not."""

from __future__ import annotations

import pytest

from gateway.core.access import Scope

from .house import PASSWORD, House


async def test_the_first_run_sets_the_password_and_signs_in(house: House) -> None:
    _, me = await house.call("GET", "/api/session")
    assert me == {
        "signed_in": False, "name": "", "scope": None, "first_run": True, "demo": False, "version": "1.2.3",
    }  # fmt: skip
    code = house.accounts.owner.first_run_code()
    status, _ = await house.call("POST", "/api/first-run", body={"code": "AAAA-AAAA-AAAA", "password": PASSWORD})
    assert status == 403
    status, me = await house.call("POST", "/api/first-run", body={"code": code, "password": PASSWORD})
    assert (status, me["signed_in"], me["first_run"]) == (200, True, False)
    assert (await house.call("GET", "/api/devices"))[0] == 200
    status, _ = await house.call("POST", "/api/first-run", body={"code": code, "password": "another one"})
    assert status == 403


async def test_the_session_ends_with_signing_out(house: House) -> None:
    await house.sign_in()
    secret = next(cookie.value for cookie in house.http.cookie_jar if cookie.key == "gateway")
    assert (await house.call("DELETE", "/api/session"))[0] == 204
    assert not [cookie for cookie in house.http.cookie_jar if cookie.key == "gateway"]
    assert (await house.call("GET", "/api/devices", headers={"Cookie": f"gateway={secret}"}))[0] == 401


async def test_the_password_signs_in_and_a_wrong_one_does_not(house: House) -> None:
    await house.accounts.owner.set_password(house.accounts.owner.first_run_code(), PASSWORD)
    assert (await house.call("POST", "/api/session", body={"password": "not it at all"}))[0] == 403
    status, me = await house.call("POST", "/api/session", body={"password": PASSWORD})
    assert (status, me["scope"]) == (200, "admin")


@pytest.mark.parametrize(
    ("body", "wanted"),
    [({}, 409), ({"password": "a", "code": "b"}, 409), ({"passwort": "a"}, 422), ({"password": 5}, 422), ([], 422)],
)
async def test_a_sign_in_that_makes_no_sense_is_explained(house: House, body: object, wanted: int) -> None:
    status, problem = await house.call("POST", "/api/session", body=body)
    assert status == wanted
    assert problem["detail"]


async def test_the_sign_in_link_works_once_and_sets_a_cookie_no_script_can_read(house: House) -> None:
    link = f"{house.url}/sign-in?code={house.accounts.owner.one_time_code()}"
    async with house.http.get(link, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/")
        cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("gateway=")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    assert (await house.call("GET", "/api/devices"))[0] == 200
    async with house.http.get(link, allow_redirects=False) as answer:
        assert answer.status == 403
        assert "This link does not sign in" in await answer.text()


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_a_page_of_another_origin_cannot_act_with_the_session(house: House, headers: dict[str, str]) -> None:
    await house.sign_in()
    assert (await house.call("POST", "/api/pairing", headers=headers, body={"minutes": 5}))[0] == 403
    assert (await house.call("POST", "/api/session", headers=headers, body={"password": "x"}))[0] == 403
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade"}
    assert (await house.call("GET", "/api/live", headers=headers | upgrade))[0] == 403
    assert house.registry.pairing.until_ms == 0


async def test_the_panels_own_origin_may_act(house: House) -> None:
    await house.sign_in()
    headers = {"Origin": house.url, "Sec-Fetch-Site": "same-origin"}
    assert (await house.call("POST", "/api/pairing", headers=headers, body={"minutes": 5}))[0] == 200


async def test_a_deleted_token_is_refused_at_once(house: House) -> None:
    read = await house.token(Scope.READ)
    assert (await house.call("GET", "/api/devices", headers=read))[0] == 200
    (token,) = house.accounts.api_tokens.all()
    await house.accounts.api_tokens.delete(token.id)
    status, problem = await house.call("GET", "/api/devices", headers=read)
    assert (status, problem["status"]) == (401, 401)


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Basic", "Basic !!", "Basic /w==", "Digest x", "Bearer a b", "Basic bm9ib2R5Og=="]
)
async def test_broken_credentials_are_a_401(house: House, header: str) -> None:
    assert (await house.call("GET", "/api/devices", headers={"Authorization": header}))[0] == 401
