"""A device of the gateway in a test's machine, run with that machine's network. One JSON value in, one out.

service_node.py enrol TOKEN                    the device's credentials
service_node.py send CREDENTIALS FIRST COUNT   how many of these readings were acknowledged in time
service_node.py values CREDENTIALS             the history it reads of itself
"""

from __future__ import annotations

import base64
import json
import ssl
import sys
import urllib.request
from collections.abc import Mapping

from tests.system.pahoclient import Paho

URL = "https://127.0.0.1:8443"
PATIENCE_S = 30
BRIEFLY_S = 3


def enrol(token: str) -> object:
    """Trusts whom it meets first, like a node in its pairing window; the CA comes with the answer."""
    body = json.dumps({"mac_address": "02:00:00:00:00:01", "firmware_version": "1.0", "token": token}).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{URL}/api/devices/register", data=body, headers=headers)
    with urllib.request.urlopen(request, timeout=PATIENCE_S, context=ssl._create_unverified_context()) as answer:
        return json.load(answer)


def send(device: Mapping[str, str], first: int, count: int, patience_s: float) -> int:
    paho = Paho(
        8883,
        device["device_id"],
        user=device["mqtt_username"],
        password=device["mqtt_password"],
        tls=ssl.create_default_context(cadata=device["ca_pem"]),
    )
    for number in range(first, first + count):
        reading = {"boot": "test", "seq": number, "uptime_ms": number * 1000, "co2": 400 + number}
        paho.send(f"devices/{device['device_id']}/telemetry", json.dumps(reading))
    paho.flushed(patience_s)
    acknowledged = count - paho.unfinished
    paho.close()
    return acknowledged


def values(device: Mapping[str, str]) -> object:
    words = base64.b64encode(f"{device['mqtt_username']}:{device['mqtt_password']}".encode()).decode()
    request = urllib.request.Request(
        f"{URL}/api/devices/{device['device_id']}/history?metric=co2", headers={"Authorization": f"Basic {words}"}
    )
    trusting = ssl.create_default_context(cadata=device["ca_pem"])
    with urllib.request.urlopen(request, timeout=PATIENCE_S, context=trusting) as answer:
        return sorted(reading["value"] for reading in json.load(answer)["readings"])


def main(what: str, who: str, *more: str) -> object:
    if what == "enrol":
        return enrol(who)
    device: dict[str, str] = json.loads(who)
    if what == "values":
        return values(device)
    first, count, *how = more
    return send(device, int(first), int(count), BRIEFLY_S if how else PATIENCE_S)


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
