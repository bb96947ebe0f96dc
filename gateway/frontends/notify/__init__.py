"""Other ways to tell people: Discord, ntfy, e-mail, webhooks, apprise."""
