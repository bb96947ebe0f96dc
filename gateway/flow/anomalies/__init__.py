"""Noticing that something is not as usual, and telling it as one episode."""
