"""Scenarios: what goes wrong when, played against a gateway, and the verdict on how it took it."""
