"""Training and evaluation of the gateway's models. Never needed on a running gateway."""
