from pathlib import Path

import pytest

from gateway.bench.processes import free_port
from gateway.core.errors import ConfigError, Refused
from gateway.simulator.connection import Unreachable
from gateway.simulator.enrol import Api, Claim, Registration, Request, mac_address
from gateway.simulator.identity import Identities, Identity
from gateway.simulator.trust import api_for, is_loopback

from .conftest import FakeGateway

MAC = "02:00:00:00:00:01"
REQUEST = Request(MAC, "1", {"id": "node-1", "simulated": True}, "good")


def test_registering_over_https_with_the_ca_it_shows_on_loopback(secure_gateway: FakeGateway) -> None:
    registration = api_for(secure_gateway.url, None, first_use=False).register(REQUEST)
    assert isinstance(registration, Registration)
    assert registration.device_id == "node-1"
    assert registration.mqtt.tls
    assert secure_gateway.paths == ["/ca.pem", "/api/devices/register"]
    assert secure_gateway.requests == [
        {
            "mac_address": MAC,
            "firmware_version": "1",
            "capabilities": {"id": "node-1", "simulated": True},
            "token": "good",
        }
    ]


def test_a_ca_file_is_believed_and_nothing_else(secure_gateway: FakeGateway, tmp_path: Path) -> None:
    right, wrong, none = tmp_path / "right.pem", tmp_path / "wrong.pem", tmp_path / "none.pem"
    right.write_text(secure_gateway.ca_pem)
    assert isinstance(api_for(secure_gateway.url, right, first_use=False).register(REQUEST), Registration)
    from .conftest import make_certificates

    wrong.write_text(make_certificates(tmp_path / "other").ca_pem)
    with pytest.raises(Refused, match="not one of ours"):
        api_for(secure_gateway.url, wrong, first_use=False).register(REQUEST)
    with pytest.raises(ConfigError, match="No such file"):
        api_for(secure_gateway.url, none, first_use=False)
    none.write_text("nothing")
    with pytest.raises(ConfigError, match="not a CA certificate"):
        api_for(secure_gateway.url, none, first_use=False)


def test_elsewhere_than_on_loopback_a_ca_must_be_named_and_http_is_refused() -> None:
    with pytest.raises(ConfigError, match="--ca FILE"):
        api_for("https://gateway.local:8443", None, first_use=False)
    with pytest.raises(ConfigError, match="not encrypted"):
        api_for("http://gateway.local:8080", None, first_use=True)
    with pytest.raises(ConfigError, match="not an address"):
        api_for("https://", None, first_use=True)


@pytest.mark.parametrize(("host", "so"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("10.0.0.1", False)])
def test_what_loopback_is(host: str, so: bool) -> None:
    assert is_loopback(host) is so


def test_no_is_final_and_trouble_is_not(secure_gateway: FakeGateway) -> None:
    api = api_for(secure_gateway.url, None, first_use=False)
    secure_gateway.answers = [
        (403, {"detail": "pairing is closed"}),
        (429, {"detail": "slow down"}),
        (503, {}),
        (201, {"device_id": "x"}),
    ]
    with pytest.raises(Refused, match="pairing is closed"):
        api.register(REQUEST)
    with pytest.raises(Unreachable, match="slow down"):
        api.register(REQUEST)
    with pytest.raises(Unreachable, match="503"):
        api.register(REQUEST)
    with pytest.raises(Unreachable, match="makes no sense"):
        api.register(REQUEST)
    with pytest.raises(Unreachable):
        Api(f"http://127.0.0.1:{free_port()}").register(REQUEST)


def test_a_claim_is_collected_when_it_is_approved(secure_gateway: FakeGateway) -> None:
    api = api_for(secure_gateway.url, None, first_use=False)
    secure_gateway.answers = [
        (202, {"claim": "c1", "retry_after_s": 5}),
        (202, {"claim": "c1", "retry_after_s": 5}),
        (200, secure_gateway.credentials("node-1")),
        (410, {"detail": "collected"}),
    ]
    claim = api.register(REQUEST)
    assert claim == Claim("c1", 5.0)
    assert api.collect(claim) == claim
    assert isinstance(api.collect(claim), Registration)
    assert secure_gateway.paths[-1] == "/api/devices/register/c1"
    with pytest.raises(Refused, match="collected"):
        api.collect(claim)


def test_mac_addresses_are_local_individual_stable_and_different() -> None:
    macs = [mac_address("simulated", 1, f"node-{number}") for number in range(500)]
    assert len(set(macs)) == 500
    assert all(int(mac[:2], 16) & 0b11 == 0b10 for mac in macs)
    assert macs[0] == mac_address("simulated", 1, "node-0")
    assert macs[0] != mac_address("simulated", 2, "node-0")


def test_identities_are_kept_for_their_owner_only(tmp_path: Path, secure_gateway: FakeGateway) -> None:
    registration = api_for(secure_gateway.url, None, first_use=False).register(REQUEST)
    assert isinstance(registration, Registration)
    folder = tmp_path / "state"
    identities = Identities(folder)
    assert identities.load(MAC) is None
    identities.keep(MAC, Identity(registration))
    assert Identities(folder).load(MAC) == Identity(registration, sent_away=False)
    identities.keep(MAC, Identity(registration, sent_away=True))
    assert Identities(folder).load(MAC) == Identity(registration, sent_away=True)
    (file,) = folder.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    file.write_bytes(b'{"device_id":')
    assert identities.load(MAC) is None


def test_the_last_credentials_prove_who_asks_and_are_left_out_where_they_count_for_nothing(
    secure_gateway: FakeGateway,
) -> None:
    api = api_for(secure_gateway.url, None, first_use=False)
    old = api.register(REQUEST)
    assert isinstance(old, Registration)
    secure_gateway.answers = [(201, secure_gateway.credentials("heir-1")), (401, {}), (202, {"claim": "c"})]
    assert isinstance(heir := api.register(REQUEST, old), Registration)
    assert heir.device_id == "heir-1"
    assert api.register(REQUEST, old) == Claim("c")
    basic = "Basic bm9kZTpyaWdodA=="
    assert secure_gateway.authorizations == [None, basic, basic, None]
