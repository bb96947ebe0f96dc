"""Many nodes over TLS in one small process: `python -m gateway.bench.nodes CREDENTIALS CA PORT [SECONDS]`.

Each publishes telemetry at QoS 1 once a second, or every so many, and comes back by itself when its connection ends.
Prints one JSON line a second: how many are connected, how many had a reading acknowledged in that second, and since
when all have published again after the last loss. They only make load: no verdict about the broker rests on this
file's codec.
"""

from __future__ import annotations

import asyncio
import json
import random
import ssl
import sys
import time
from pathlib import Path

from ..core.errors import ProtocolError
from ..core.mqtt import packets
from ..core.mqtt.framing import Framer

_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.1, 1.0


class Crowd:
    """What is known of all nodes together."""

    def __init__(self, size: int) -> None:
        self._size = size
        self.connected = 0
        self.acknowledged: set[str] = set()
        self._back: set[str] = set()
        self.lost_at = 0.0
        self.all_back_at = 0.0

    def acked(self, node: str) -> None:
        """A reading of `node` was acknowledged."""
        self.acknowledged.add(node)
        self._back.add(node)
        if len(self._back) == self._size and not self.all_back_at:
            self.all_back_at = time.monotonic()

    def lost(self, node: str) -> None:
        """A connection that had been accepted ended."""
        self._back.discard(node)
        self.lost_at, self.all_back_at = time.monotonic(), 0.0

    def line(self) -> str:
        """The state as JSON; starts the next second."""
        state = {
            "connected": self.connected,
            "publishing": len(self.acknowledged),
            "lost_at": self.lost_at,
            "all_back_at": self.all_back_at,
        }
        self.acknowledged = set()
        return json.dumps(state)


class Node:
    """One node: connect, publish every period, come back."""

    def __init__(self, crowd: Crowd, words: list[str], port: int, tls: ssl.SSLContext, period_s: float) -> None:
        self._crowd = crowd
        self._period_s = period_s
        self._name, self._user, self._password = words
        self._port = port
        self._tls = tls
        self._seq = 0
        self._topic = packets.topic_field(f"devices/{self._name}/telemetry")
        self._boot = f"{random.getrandbits(32):08x}"

    async def run(self) -> None:
        """For ever."""
        await asyncio.sleep(random.random() * self._period_s)
        wait_s = _FIRST_WAIT_S
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port, ssl=self._tls)
            except OSError:
                await asyncio.sleep(wait_s * (0.5 + random.random()))
                wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
                continue
            try:
                accepted = await self._session(reader, writer)
            except (OSError, ProtocolError):
                accepted = False
            finally:
                writer.transport.abort()
            if accepted:
                wait_s = _FIRST_WAIT_S
            await asyncio.sleep(wait_s * (0.5 + random.random()))

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Until the connection ends; whether it had been accepted."""
        writer.write(
            packets.encode_connect(packets.Connect(self._name, username=self._user, password=self._password.encode()))
        )
        framer = Framer(65536)
        answers = framer.feed(await reader.read(4096))
        if not answers or answers[0][0] >> 4 != packets.CONNACK or packets.decode_connack(answers[0][1])[1]:
            return False
        self._crowd.connected += 1
        publishing = asyncio.create_task(self._publish(writer))
        try:
            while data := await reader.read(4096):
                for header, _body in framer.feed(data):
                    if header >> 4 == packets.PUBACK:
                        self._crowd.acked(self._name)
        finally:
            publishing.cancel()
            self._crowd.connected -= 1
            self._crowd.lost(self._name)
        return True

    async def _publish(self, writer: asyncio.StreamWriter) -> None:
        while not writer.is_closing():
            self._seq += 1
            uptime_ms = int(time.monotonic() * 1000)
            payload = (
                f'{{"boot":"{self._boot}","seq":{self._seq},"uptime_ms":{uptime_ms},'
                f'"temperature":{20 + random.random():.2f},"humidity":{50 + random.random():.1f}}}'
            )
            writer.write(packets.encode_publish(self._topic, payload.encode(), 1, self._seq % 65535 + 1))
            await asyncio.sleep(self._period_s)


async def main(lines: list[list[str]], ca: Path, port: int, period_s: float = 1.0) -> None:
    """Run a node per `client user password` line and report each second."""
    tls = ssl.create_default_context(cafile=str(ca))
    tls.check_hostname = False  # loopback is reached by address; the certificate is still verified
    crowd = Crowd(len(lines))
    tasks = [asyncio.create_task(Node(crowd, words, port, tls, period_s).run()) for words in lines]
    while True:
        await asyncio.sleep(1)
        for task in tasks:
            if task.done():
                task.result()
        print(crowd.line(), flush=True)


if __name__ == "__main__":
    credentials = [line.split() for line in Path(sys.argv[1]).read_text().splitlines()]
    asyncio.run(main(credentials, Path(sys.argv[2]), int(sys.argv[3]), *map(float, sys.argv[4:])))
