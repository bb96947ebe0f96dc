"""The web panel: HTTP API, live WebSocket and the built page."""
