"""Deciding how far a window should be open: pure. Import the module you need, not this package."""
