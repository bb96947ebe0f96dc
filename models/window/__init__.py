"""The window model: how it is trained, exported and measured. Never needed on a gateway."""
