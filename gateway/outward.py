"""What speaks with people as one part of the gateway: sentences, alerts, the outbox and its channels, Telegram."""
