"""Timers that outlive the process."""
