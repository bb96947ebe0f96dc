"""Alerts: what holds now is compared with what people were told."""
