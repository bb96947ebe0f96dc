"""How worn a machine's parts are, and how long they may last: pure. Import the module you need, not this package."""
