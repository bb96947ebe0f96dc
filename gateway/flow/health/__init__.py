"""How worn machines are, a day at a time."""
