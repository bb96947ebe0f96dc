"""A program on the gateway's API, as quick as a bench or a test needs it."""

from __future__ import annotations

import http.client
import json
import subprocess
from pathlib import Path
from typing import Any

from .figures import NotMeasured
from .processes import gateway_command
from .site import Site


class OpenSite(Site):
    """A gateway whose API may be asked as often as somebody likes: its limits are for people and their programs."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        with self.config.open("a") as config:
            config.write("[api]\nrequests_per_s = 100000\nburst = 100000\n")

    def made(self, *words: str) -> dict[str, Any]:
        """What `gateway token create` made. The gateway runs."""
        command = gateway_command("token", "create", *words, "--json", "--data", str(self.data))
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotMeasured(f"no token: {(done.stderr or done.stdout).strip()[-300:]}")
        made: dict[str, Any] = json.loads(done.stdout)
        return made

    def program(self, scope: str = "operate") -> Program:
        """A new program with this scope."""
        return Program(self.http_port, f"Bearer {self.made('--api', '--scope', scope)['token']}")


class Program:
    """One connection that stays open. `authorization` is the header's value."""

    def __init__(self, port: int, authorization: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.authorization = authorization

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        """(status, answer) of a request below /api."""
        return self._asked(method, f"/api{path}", body)

    def fetched(self, path: str) -> bytes:
        """What is at a path of its own, such as /metrics; else NotMeasured."""
        status, said = self._asked("GET", path, None)
        if status != 200:
            raise NotMeasured(f"GET {path}: {status}")
        return said

    def _asked(self, method: str, path: str, body: object) -> tuple[int, bytes]:
        headers = {"Authorization": self.authorization, "Content-Type": "application/json"}
        sent = None if body is None else json.dumps(body).encode()
        self._connection.request(method, path, sent, headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def got(self, method: str, path: str, body: object = None) -> bytes:
        """The answer of a request that has to go well, else NotMeasured."""
        status, said = self.ask(method, path, body)
        if status >= 300:
            raise NotMeasured(f"{method} {path}: {status} {said[:300].decode(errors='replace')}")
        return said

    def close(self) -> None:
        """Hang up."""
        self._connection.close()
