"""Simulated nodes: clients of the gateway like any other."""
