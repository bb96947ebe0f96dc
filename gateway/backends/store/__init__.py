"""SQLite: readings, retained messages, sessions, quarantine and audit in one durable file."""
