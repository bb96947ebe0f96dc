"""The peer's full path: a paho subscriber that decodes JSON readings and commits them to SQLite.

Run as its own process: `python -m gateway.bench.peer PORT DATABASE COUNT`. It commits whenever nothing more is
waiting, and at the latest every 1000 rows or 100 ms; after COUNT rows it prints the monotonic time of the last commit.
"""

from __future__ import annotations

import json
import select
import sqlite3
import sys
import time

_ROWS = 1000
_AGE_S = 0.1


def open_database(path: str) -> sqlite3.Connection:
    """WAL and FULL, as the gateway's store."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute(
        "CREATE TABLE reading (device TEXT, boot TEXT, seq INTEGER, uptime_ms INTEGER, temperature REAL,"
        " humidity REAL, soil_moisture REAL, light_level REAL, PRIMARY KEY (device, boot, seq)) WITHOUT ROWID"
    )
    return database


class Sink:
    """Rows on their way to the database."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._rows: list[tuple[object, ...]] = []
        self._since = 0.0
        self.committed = 0
        self.last_commit = 0.0

    def add(self, topic: str, payload: bytes) -> None:
        """Decode one message; commit when enough are waiting."""
        reading = json.loads(payload)
        names = ("boot", "seq", "uptime_ms", "temperature", "humidity", "soil_moisture", "light_level")
        if not self._rows:
            self._since = time.monotonic()
        self._rows.append((topic.split("/")[1], *(reading.get(name) for name in names)))
        if len(self._rows) >= _ROWS or time.monotonic() - self._since >= _AGE_S:
            self.commit()

    def commit(self) -> None:
        """Make what is waiting durable."""
        if self._rows:
            self._database.execute("BEGIN")
            self._database.executemany("INSERT OR IGNORE INTO reading VALUES (?,?,?,?,?,?,?,?)", self._rows)
            self._database.execute("COMMIT")
            self.committed += len(self._rows)
            self._rows.clear()
            self.last_commit = time.monotonic()


def main(port: int, database: str, count: int) -> None:
    """Subscribe, print `ready`, store `count` readings, print when the last was committed."""
    from paho.mqtt.client import Client, MQTTMessage
    from paho.mqtt.enums import CallbackAPIVersion

    sink = Sink(open_database(database))
    client = Client(CallbackAPIVersion.VERSION2, client_id="peer-sink")

    def on_message(_client: Client, _data: object, message: MQTTMessage) -> None:
        sink.add(message.topic, bytes(message.payload))

    def on_connect(*_ignored: object) -> None:
        client.subscribe("devices/+/telemetry", 1)

    def on_subscribe(*_ignored: object) -> None:
        print("ready", flush=True)

    client.on_message = on_message
    client.on_subscribe = on_subscribe
    client.on_connect = on_connect
    client.connect("127.0.0.1", port)
    while sink.committed < count:
        waiting = client.socket()
        if waiting is None:
            raise SystemExit("the connection was lost")
        if not select.select([waiting], [], [], 0)[0]:
            sink.commit()
            if not select.select([waiting], [], [], 0.5)[0]:
                client.loop_misc()
                continue
        client.loop_read()
        if client.want_write():
            client.loop_write()
    print(f"{sink.last_commit:.6f}", flush=True)
    client.disconnect()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
