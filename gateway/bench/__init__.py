"""Measured figures beside a peer in the same run."""
