"""What the flow needs from the outside world, as protocols; `backends` fulfil them."""
