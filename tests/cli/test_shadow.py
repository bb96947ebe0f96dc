"""gateway shadow, as a person runs it."""

from __future__ import annotations

import json

from tests.cli.gateway_cli import gateway
from tests.frontends.panel.house import House
from tests.frontends.panel.test_shadow import report


async def test_settings_are_changed_and_shown_with_what_the_device_says(house: House) -> None:
    device = (await house.device(kind="window", simulated=True)).device_id
    code, out, err = await gateway(house, "shadow", device)
    assert (code, out) == (0, f"{device}  SIMULATED: nothing is wanted of it\ndesired   -\nreported  -\n"), err
    code, out, err = await gateway(house, "shadow", device, "interval_s=30", "limits.position.max=80")
    assert code == 0, err
    assert "has not read this yet" in out
    assert house.home.shadows.get(device).desired == {"interval_s": 30, "limits": {"position": {"max": 80}}}
    report(house, device, 1, interval_s=60, limits={"position": {"max": 80}})
    _, out, _ = await gateway(house, "shadow", device)
    assert "is otherwise" in out
    assert 'missing   {"interval_s":30}' in out
    code, out, err = await gateway(house, "shadow", device, "limits=null", "--json")
    assert code == 0, err
    assert json.loads(out)["desired"]["state"] == {"interval_s": 30}


async def test_what_cannot_be_is_told_in_the_gateways_words(house: House) -> None:
    device = (await house.device(kind="window")).device_id
    for words, said in (
        ((device, "interval_s=0"), "interval_s"),
        ((device, "interval_s"), "key=value"),
        ((device, "a=1", "a.b=2"), "value already"),
        (("nobody-1",), "no device"),
    ):
        code, out, err = await gateway(house, "shadow", *words)
        assert (code, out, said in err) == (1, "", True), err
