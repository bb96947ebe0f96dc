"""A language model in a cloud, as a last resort that only proposes."""
