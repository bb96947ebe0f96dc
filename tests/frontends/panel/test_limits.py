"""Rate limits."""

from __future__ import annotations

import pytest

from gateway.core.access import Scope
from gateway.frontends.panel.limits import Buckets, Limit, Quota, Quotas, bucket_of

from .house import MAC, House


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_bucket_gives_its_burst_and_then_as_much_as_time_brings() -> None:
    clock = Clock()
    buckets = Buckets(Limit(burst=3, per_s=0.5), clock)
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 2.0]
    assert buckets.take("b") == 0
    clock.now_s = 2.0
    assert [buckets.take("a") for _ in range(2)] == [0, 2.0]
    clock.now_s = 1000.0
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 2.0]


def test_what_is_given_back_can_be_taken_again_and_never_makes_more_than_the_burst() -> None:
    buckets = Buckets(Limit(burst=1, per_s=1), Clock())
    for _ in range(3):
        assert buckets.take("a") == 0
        buckets.give_back("a")
        buckets.give_back("a")
    assert buckets.take("a") == 0
    assert buckets.take("a") > 0


def test_memory_is_bounded_and_the_longest_unseen_goes_first() -> None:
    buckets = Buckets(Limit(burst=1, per_s=1), Clock(), most=100)
    buckets.take("kept")
    for number in range(1000):
        buckets.take(f"address-{number}")
        assert buckets.take("kept") > 0
    assert len(buckets) == 100


@pytest.mark.parametrize(
    ("address", "bucket"),
    [
        ("192.168.1.7", "192.168.1.7"),
        ("::ffff:192.168.1.7", "192.168.1.7"),
        ("fe80::1%eth0", "fe80:0000:0000:0000"),
        ("2001:db8:1:2:aaaa::1", "2001:0db8:0001:0002"),
        ("2001:db8:1:2:bbbb::9", "2001:0db8:0001:0002"),
        ("local", "local"),
    ],
)
def test_what_one_party_can_change_at_will_shares_a_bucket(address: str, bucket: str) -> None:
    assert bucket_of(address) == bucket


@pytest.mark.parametrize(
    ("path", "body", "most"),
    [
        ("/api/session", {"code": "guess"}, 10),
        ("/api/first-run", {"code": "guess", "password": "long enough"}, 10),
        ("/api/devices/register", {"mac_address": MAC, "firmware_version": "1", "token": "guess"}, 60),
    ],
)
async def test_guessing_ends_with_a_429_that_says_when_to_come_back(
    house: House, path: str, body: dict[str, str], most: int
) -> None:
    seen = [(await house.call("POST", path, body=body))[0] for _ in range(most)]
    assert set(seen) == {403}
    async with house.http.post(house.url + path, json=body) as answer:
        assert answer.status == 429
        assert int(answer.headers["Retry-After"]) >= 1
        assert "wait" in (await answer.json(content_type=None))["detail"]
    assert (await house.call("GET", "/api/health"))[0] == 200


async def test_the_sign_in_link_cannot_be_guessed_beside_the_limit(house: House) -> None:
    seen = [(await house.call("GET", f"/sign-in?code={number}"))[0] for number in range(11)]
    assert seen == [403] * 10 + [429]


async def test_a_person_who_follows_too_many_links_is_told_on_a_page(house: House) -> None:
    for number in range(11):
        async with house.http.get(f"{house.url}/sign-in?code={number}") as answer:
            status, kind, text = answer.status, answer.content_type, await answer.text()
    assert (status, kind) == (429, "text/html")
    assert "wait" in text
    assert int(answer.headers["Retry-After"]) > 0


async def test_a_whole_site_may_register_at_once_because_success_is_not_counted(house: House) -> None:
    token = await house.enrolment.create(uses=100)
    for number in range(100):
        body = {"mac_address": f"aa:bb:cc:dd:00:{number:02x}", "firmware_version": "1", "token": token}
        assert (await house.call("POST", "/api/devices/register", body=body))[0] == 201


async def test_wrong_bearers_are_slowed_down(house: House) -> None:
    seen = [
        (await house.call("GET", "/api/devices", headers={"Authorization": f"Bearer {number}"}))[0]
        for number in range(40)
    ]
    assert seen[:20] == [401] * 20
    assert 429 in seen[20:]


def test_a_quota_begins_anew_an_hour_after_its_first_request() -> None:
    now_s = 0.0
    quotas = Quotas(lambda: now_s)
    assert quotas.take("a", 2) == Quota(limit=2, left=1, reset_s=3600)
    now_s = 60.0
    assert [quotas.take("a", 2).left for _ in range(2)] == [0, -1]
    assert quotas.take("b", 2).left == 1
    now_s = 3600.0
    assert quotas.take("a", 2) == Quota(limit=2, left=1, reset_s=3600)


async def test_a_token_with_a_quota_is_told_what_is_left_and_when_it_may_go_on(house: House) -> None:
    _, secret = await house.accounts.api_tokens.create(Scope.READ, "meter", per_hour=2)
    headers = {"Authorization": f"Bearer {secret}"}
    left = []
    for _ in range(3):
        async with house.http.get(f"{house.url}/api/pairing", headers=headers) as answer:
            left.append((answer.status, answer.headers["RateLimit-Limit"], answer.headers["RateLimit-Remaining"]))
            reset_s, wait_s = int(answer.headers["RateLimit-Reset"]), answer.headers.get("Retry-After")
    assert left == [(200, "2", "1"), (200, "2", "0"), (429, "2", "0")]
    assert 3500 < reset_s <= 3600
    assert wait_s == str(reset_s)
    async with house.http.get(f"{house.url}/api/health") as answer:
        assert "RateLimit-Limit" not in answer.headers


async def test_a_tokens_quota_is_shown_and_survives_a_restart(house: House) -> None:
    admin = await house.token(Scope.ADMIN)
    wish = {"kind": "api", "scope": "read", "name": "meter", "per_hour": 100.0}
    status, made = await house.call("POST", "/api/tokens", headers=admin, body=wish)
    assert (status, made["per_hour"]) == (201, 100)
    _, listed = await house.call("GET", "/api/tokens", headers=admin)
    assert [token.get("per_hour") for token in listed["tokens"]] == [None, 100]
    house.accounts.load()
    assert house.accounts.api_tokens.per_hour(made["id"]) == 100
