"""Messages on their way: none lost, none twice, in order, whatever happens."""
