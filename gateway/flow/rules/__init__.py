"""Rules as people keep them, what they do live, and what they would have done."""
