"""Deciding about windows: from a reading to a position, and what people think of it."""
