"""What a sentence means: from a person's words to a typed intent, or to a question."""
