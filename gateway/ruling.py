"""Rules, timers and scenes as one part of the gateway."""
