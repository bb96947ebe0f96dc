"""Sentences and what is done about them: one conversation per person and way."""
