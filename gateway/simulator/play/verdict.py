"""The verdict on a gateway: what was asked and whether it held. The same seed gives the same bytes."""

from __future__ import annotations

import msgspec


class Finding(msgspec.Struct, frozen=True):
    """The answer to one check."""

    check: str
    device: str
    means: str
    passed: bool


class Verdict(msgspec.Struct, frozen=True):
    """Everything that follows from the scenario, the seed and the gateway's behaviour; no times, no ids."""

    scenario: str
    seed: int
    nodes: int
    readings: int
    """Measured by all nodes."""
    findings: tuple[Finding, ...]
    passed: bool

    def json(self) -> str:
        """On one line."""
        return msgspec.json.encode(self).decode()

    def text(self) -> str:
        """For people."""
        lines = [f"{self.scenario}, seed {self.seed}: {self.nodes} nodes, {self.readings} readings"]
        for finding in self.findings:
            about = "" if finding.device == "*" else f" [{finding.device}]"
            lines.append(f"  {'ok  ' if finding.passed else 'FAIL'}  {finding.check}{about}: {finding.means}")
        return "\n".join([*lines, "PASS" if self.passed else "FAIL"])
