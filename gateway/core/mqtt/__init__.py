"""MQTT 3.1.1 without I/O: framing, packets, topic filters."""
