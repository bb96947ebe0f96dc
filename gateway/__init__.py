"""The edge gateway: broker, store, models, rules and panel of one house, on one Raspberry Pi."""

__version__ = "0.1.0"

__version__ = "0.1.0"
