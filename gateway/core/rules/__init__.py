"""Rules: what they say, what holds, what fires and why. Pure."""
