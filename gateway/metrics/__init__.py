"""What `/metrics` shows: the figures of every part under Prometheus' conventions."""
