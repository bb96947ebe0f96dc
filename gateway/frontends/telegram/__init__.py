"""Telegram: a bot of the house's own."""
