"""Leaves: people and other systems. Nothing here is on a reading's path."""
